#include "chat/application.hpp"
#include "chat/messages.hpp"
#include "support/catch.hpp"

#include <chanx/testing/websocket_fixture.hpp>

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace {

// [docs:fixture]
struct TemporaryFolder {
    std::string path = (std::filesystem::temp_directory_path() / "chat-XXXXXX").string();

    TemporaryFolder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
    ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

struct ChatFixture : private TemporaryFolder, chanx::testing::WebsocketFixture {
    ChatFixture()
        : WebsocketFixture(chat::make_application({
              .services = {.store = {.path = path + "/chat.sqlite3"}, .password_cost = chat::cheap_cost},
          })) {
        ws_path = "/ws/chat/1/";
    }

    /// An HTTP client with the login of a new user.
    chanx::testing::HttpClient registered(const std::string& username) {
        auto client = app().client();
        const auto response =
            client.post("/api/register", {{"username", username}, {"password", "correct horse"}});
        REQUIRE(response.status() == 201);
        return client;
    }

    chanx::testing::WebsocketCommunicator connected(const chanx::testing::HttpClient& client) {
        auto connection = communicator(ws_path, client.cookie_headers());
        REQUIRE(connection.connect().accepted);
        connection.assert_authenticated_status_ok();
        connection.receive_all_json();
        return connection;
    }
};
// [/docs:fixture]

}  // namespace

// [docs:chat]
TEST_CASE_METHOD(ChatFixture, "a message reaches both members, each with its own view of it", "[chat]") {
    auto alice = registered("alice");
    auto bob = registered("bob");
    REQUIRE(alice.post("/api/rooms", {{"name", "Tea"}}).status() == 201);
    REQUIRE(bob.request("POST", "/api/rooms/1/members").status() == 204);
    auto hers = connected(alice);
    auto his = connected(bob);
    hers.receive_until_action("user_joined");

    hers.send_message(chat::ChatMessage{.payload = "  Hello  "}, chanx::Ref(7));

    const auto own = hers.receive_all_json();
    REQUIRE(own.size() == 1);
    CHECK(own[0].at("payload").as_string() == "Hello");
    CHECK(own[0].at("username").as_string() == "alice");
    CHECK(own[0].at("is_mine").as_bool());
    CHECK(own[0].at("ref").as_int64() == 7);
    const auto seen = his.receive_all_json({.wait_group = true});
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].at("id") == own[0].at("id"));
    CHECK_FALSE(seen[0].at("is_mine").as_bool());
    CHECK_FALSE(seen[0].contains("ref"));
}
// [/docs:chat]

// [docs:refused]
TEST_CASE_METHOD(ChatFixture, "who is no member of the room is told so and let go", "[chat]") {
    auto alice = registered("alice");
    REQUIRE(alice.post("/api/rooms", {{"name", "Tea"}}).status() == 201);
    auto carol = communicator(ws_path, registered("carol").cookie_headers());
    REQUIRE(carol.connect().accepted);
    const auto answer = carol.wait_for_auth();
    CHECK(answer.at("payload").at("status_code").as_int64() == 403);
    carol.assert_closed(4403);
}
// [/docs:refused]

// [docs:logout]
TEST_CASE_METHOD(ChatFixture, "logging out ends the connections of that login", "[chat]") {
    auto alice = registered("alice");
    REQUIRE(alice.post("/api/rooms", {{"name", "Tea"}}).status() == 201);
    auto connection = connected(alice);
    REQUIRE(alice.request("POST", "/api/logout").status() == 204);
    connection.assert_closed(4401);
}
// [/docs:logout]
