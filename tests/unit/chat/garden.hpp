#pragma once

#include "unit/chat/chat_fixture.hpp"

namespace chat_test {

/// A room and those who are in it, in any of several processes on one database.
struct Garden {
    using Process = chanx::testing::TestApplication;

    /// A cookie of a new user, good in all processes. The first one makes the room, the others join it.
    Headers person(Process& process, const std::string& username) {
        HttpClient browser = process.client();
        const auto registered =
            browser.post("/api/register", {{"username", username}, {"password", "password of " + username}});
        REQUIRE(registered.status() == 201);
        if (id == 0) {
            id = json(browser.post("/api/rooms", {{"name", "Garden"}})).at("id").as_int64();
        } else {
            REQUIRE(browser.request("POST", "/api/rooms/" + std::to_string(id) + "/members").status() == 204);
        }
        return browser.cookie_headers();
    }
    WebsocketCommunicator enter(Process& process, const Headers& cookie) const {
        auto socket = process.communicator("/ws/chat/" + std::to_string(id) + "/", {.headers = cookie});
        REQUIRE(socket.connect().accepted);
        socket.assert_authenticated_status_ok();
        return socket;
    }

    std::int64_t id = 0;
};

}  // namespace chat_test
