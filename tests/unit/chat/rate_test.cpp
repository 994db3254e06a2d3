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
