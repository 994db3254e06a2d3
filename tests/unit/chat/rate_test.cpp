#include "chat/messages.hpp"

#include "unit/chat/chat_fixture.hpp"

using namespace chat;
using namespace chat_test;

TEST_CASE_METHOD(ChatFixture, "who says more than anybody types is told to slow down, in all rooms", "[chat][limits]") {
    auto browser = person("alice");
    const auto garden = room(browser);
    const auto kitchen = room(browser, "Kitchen");
    auto first = enter(browser, garden);
    auto second = enter(browser, kitchen);
    const auto burst = static_cast<int>(ChatMessage::user_rate_limit.burst);
    for (int i = 0; i < burst; ++i) {
        auto& speaker = i % 2 == 0 ? first : second;
        speaker.send_message(ChatMessage{.payload = "message"});
        REQUIRE(text_at(speaker.receive_until_action("chat").back(), "/payload") == "message");
    }
    first.send_text(chat_frame("one too many", R"(,"ref":"page-1")"));
    const auto refused = first.receive_until_action("error").back();
    CHECK(text_at(refused, "/payload/0/type") == "rate_limited");
    CHECK(text_at(refused, "/ref") == "page-1");
    CHECK(first.close_code() == 0);
    // A moment later it can be sent again.
    app().advance(std::chrono::milliseconds(100));
    first.send_text(chat_frame("one too many", R"(,"ref":"page-1")"));
    CHECK(text_at(first.receive_until_action("chat").back(), "/payload") == "one too many");
}

TEST_CASE_METHOD(ChatFixture, "a connection that sends whatever without end is closed", "[chat][limits]") {
    auto browser = person("alice");
    auto connection = enter(browser, room(browser));
    const auto& settings = application().settings();
    const std::size_t answered = settings.message_rate.burst + settings.max_rate_limited;
    for (std::size_t i = 0; i < answered; ++i) {
        connection.send_text(R"({"action":"ping"})");
        connection.receive_until_action("complete");
    }
    connection.send_text(R"({"action":"ping"})");
    connection.assert_closed(1008);
}

TEST_CASE("Who changes rooms without end has to wait", "[chat][limits]") {
    const auto strict = [](chat::ServiceOptions options) {
        options.writes_of_user = {5, std::chrono::hours(1)};
        options.rooms_of_user = {2, std::chrono::hours(2)};
        return options;
    };
    ChatFixture chat(strict);
    auto alice = chat.person("alice");
    auto bob = chat.person("bob");
    CHECK(alice.post("/api/rooms", {{"name", "One"}}).status() == 201);
    CHECK(alice.post("/api/rooms", {{"name", "Two"}}).status() == 201);
    const auto refused = alice.post("/api/rooms", {{"name", "Three"}});
    CHECK(refused.status() == 429);
    CHECK(refused.header("Retry-After") == "7200");
    CHECK(detail_of(refused) == "Too many new rooms: try again in 7200 seconds");
    // What was refused cost nothing.
    for (int i = 0; i < 3; ++i) CHECK(alice.request("POST", "/api/rooms/1/members").status() == 204);
    CHECK(alice.request("POST", "/api/rooms/1/members").status() == 429);
    CHECK(alice.del("/api/rooms/1/members/alice").status() == 429);
    // Others may go on.
    CHECK(bob.request("POST", "/api/rooms/1/members").status() == 204);
    CHECK(alice.get("/api/rooms").status() == 200);
}
