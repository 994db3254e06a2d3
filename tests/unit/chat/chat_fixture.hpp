#pragma once
// The whole chat in memory, and people who use it.

#include "chat/application.hpp"
#include "support/catch.hpp"
#include "unit/chat/store_support.hpp"

#include <chanx/testing/websocket_fixture.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat_test {

using chanx::testing::Headers;
using chanx::testing::HttpClient;
using chanx::testing::WebsocketCommunicator;
using Json = boost::json::value;
using Frames = std::vector<boost::json::object>;

inline Json json(const std::string& text) {
    return boost::json::parse(text);
}
inline Json json(const chanx::Response& response) {
    return boost::json::parse(response.body());
}

inline std::string detail_of(const chanx::Response& response) {
    return std::string(json(response).at("detail").as_string());
}

/// The actions of frames, in their order.
inline std::vector<std::string> actions_of(const Frames& frames) {
    std::vector<std::string> actions;
    for (const auto& frame : frames) actions.emplace_back(frame.at("action").as_string());
    return actions;
}

inline std::string text_at(const boost::json::object& frame, std::string_view pointer) {
    return std::string(Json(frame).at_pointer(pointer).as_string());
}

inline std::string name_of(const boost::json::object& visit) {
    return text_at(visit, "/payload/username");
}

inline std::string quoted(std::string_view text) {
    return boost::json::serialize(Json(text));
}

/// A chat frame as a client sends it.
inline std::string chat_frame(std::string_view text, std::string_view more = {}) {
    return R"({"action":"chat","payload":)" + quoted(text) + std::string(more) + "}";
}

struct ChatFiles {
    TempDirectory directory;
    std::string database = directory.file("chat.sqlite3");

    chat::ServiceOptions services() const {
        return {.store = {.path = database, .durability = chat::Durability::process_death},
                .password_cost = chat::cheap_cost};
    }
};

struct ChatFixture : ChatFiles, chanx::testing::WebsocketFixture {
    ChatFixture() : WebsocketFixture(chat::make_application({.services = services()})) {}
    explicit ChatFixture(chat::ServiceOptions (*change)(chat::ServiceOptions))
        : WebsocketFixture(chat::make_application({.services = change(services())})) {}

    chat::Store& store() { return application().states().get<chat::Services>().store(); }
    chat::RoomPresence& presence() { return application().states().get<chat::Services>().presence(); }

    /// A browser in which a new user is logged in.
    HttpClient person(const std::string& username) {
        HttpClient browser = app().client();
        const auto response =
            browser.post("/api/register", {{"username", username}, {"password", "password of " + username}});
        REQUIRE(response.status() == 201);
        return browser;
    }

    std::int64_t room(HttpClient& creator, const std::string& name = "Garden") {
        const auto response = creator.post("/api/rooms", {{"name", name}});
        REQUIRE(response.status() == 201);
        return json(response).at("id").as_int64();
    }

    void join(HttpClient& browser, std::int64_t room) {
        REQUIRE(browser.request("POST", "/api/rooms/" + std::to_string(room) + "/members").status() == 204);
    }

    /// Not yet connected.
    WebsocketCommunicator socket(const HttpClient& browser, std::int64_t room,
                                 const std::string& query = {}) {
        const std::string path = "/ws/chat/" + std::to_string(room) + "/";
        return communicator(path + query, browser.cookie_headers(path));
    }

    /// Connected, with everything of the connect phase received.
    WebsocketCommunicator enter(const HttpClient& browser, std::int64_t room, const std::string& query = {}) {
        WebsocketCommunicator connected = socket(browser, room, query);
        REQUIRE(connected.connect().accepted);
        connected.assert_authenticated_status_ok();
        connected.receive_all_json();
        return connected;
    }

    /// The history that a connection gets.
    boost::json::object history(const HttpClient& browser, std::int64_t room, const std::string& query = {}) {
        WebsocketCommunicator connected = socket(browser, room, query);
        REQUIRE(connected.connect().accepted);
        auto frame = connected.receive_until_action("history").back();
        connected.disconnect();
        return frame;
    }

    /// Messages that are in the room already.
    std::vector<std::int64_t> say(std::int64_t room, const std::string& username, int count) {
        const auto author = store().find_credentials(username).value().user.id;
        std::vector<std::int64_t> ids;
        for (int i = 1; i <= count; ++i) {
            ids.push_back(
                store().add_message(room, author, "message " + std::to_string(i), ignore_message).value().id);
        }
        return ids;
    }
};

inline std::vector<std::int64_t> ids_of(const boost::json::array& messages) {
    std::vector<std::int64_t> ids;
    for (const auto& message : messages) ids.push_back(message.at("id").as_int64());
    return ids;
}

}  // namespace chat_test
