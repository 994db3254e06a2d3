#include "unit/chat/chat_fixture.hpp"

#include <algorithm>

// What becomes of open connections when a membership or a log-in ends.

using namespace chat_test;

TEST_CASE_METHOD(ChatFixture,
                 "a removed member's connections to the room are closed, and they hear nothing more",
                 "[chat][consumer]") {
    HttpClient alice = person("alice");
    HttpClient bob = person("bob");
    const std::int64_t garden = room(alice);
    const std::int64_t kitchen = room(alice, "Kitchen");
    join(bob, garden);
    join(bob, kitchen);
    auto listening = enter(alice, garden);
    auto removed = enter(bob, garden);
    auto elsewhere = enter(bob, kitchen);
    listening.receive_all_json();

    REQUIRE(alice.del("/api/rooms/" + std::to_string(garden) + "/members/bob").status() == 204);
    listening.send_text(chat_frame("Not for Bob"));
    removed.assert_closed(4403);
    CHECK(elsewhere.receive_nothing());
    CHECK(elsewhere.close_code() == 0);
    CHECK(actions_of(listening.receive_all_json()) == std::vector<std::string>{"user_left", "chat"});

    auto again = socket(bob, garden);
    REQUIRE(again.connect().accepted);
    again.assert_closed(4403);
}

TEST_CASE_METHOD(ChatFixture, "a member removed while they are being let in is not seen there",
                 "[chat][consumer]") {
    HttpClient alice = person("alice");
    HttpClient bob = person("bob");
    const std::int64_t garden = room(alice);
    join(bob, garden);
    auto listening = enter(alice, garden);
    listening.receive_all_json();
    auto arriving = socket(bob, garden);
    REQUIRE(arriving.connect().accepted);
    REQUIRE(alice.del("/api/rooms/" + std::to_string(garden) + "/members/bob").status() == 204);
    listening.send_text(chat_frame("Not for Bob"));
    arriving.assert_closed(4403);
    const auto seen = actions_of(listening.receive_all_json());
    CHECK(std::ranges::count(seen, "chat") == 1);
    CHECK(std::ranges::count(seen, "user_joined") == std::ranges::count(seen, "user_left"));
}

TEST_CASE_METHOD(ChatFixture, "a new log-in ends the former one with its connections", "[chat][api]") {
    HttpClient alice = person("alice");
    const std::int64_t garden = room(alice);
    auto old = enter(alice, garden);
    REQUIRE(alice.post("/api/login", {{"username", "alice"}, {"password", "password of alice"}}).status() ==
            200);
    old.assert_closed(4001);
    auto now = enter(alice, garden);
    REQUIRE(alice.request("POST", "/api/logout").status() == 204);
    now.assert_closed(4401);
}

TEST_CASE_METHOD(ChatFixture, "a name that means another place in a path can't be registered",
                 "[chat][api]") {
    HttpClient nobody = app().client();
    for (const char* name : {".", ".."}) {
        CHECK(nobody.post("/api/register", {{"username", name}, {"password", "a password"}}).status() == 422);
    }
    CHECK(nobody.post("/api/register", {{"username", "..."}, {"password", "a password"}}).status() == 201);
}
