#include <chanx/layer/group_event.hpp>

#include "support/catch.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace {

using chanx::GroupEvent;
using chanx::Ref;
using chanx::SenderHandle;

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

chanx::GroupEventPtr event(chanx::PublishOptions options, chanx::EncodeOptions encoding = {}) {
    std::string body;
    chanx::encode_open(body, Said{"x"}, encoding);
    return GroupEvent::make_message(Said::action, std::move(body), encoding, std::move(options));
}

std::string view(const GroupEvent& sent, std::uint64_t connection, std::string_view user) {
    return std::string(sent.frame_for(connection, user)->payload());
}

}  // namespace

TEST_CASE("each member gets its view: current, mine, or of somebody else", "[group_event]") {
    const auto sent = event({.as = SenderHandle(7, "alice", Ref(3))});
    CHECK(view(*sent, 7, "alice") ==
          R"({"action":"said","payload":"x","ref":3,"is_mine":true,"is_current":true})");
    CHECK(view(*sent, 8, "alice") == R"({"action":"said","payload":"x","is_mine":true,"is_current":false})");
    CHECK(view(*sent, 9, "bob") == R"({"action":"said","payload":"x","is_mine":false,"is_current":false})");
    CHECK(view(*sent, 10, "") == R"({"action":"said","payload":"x","is_mine":false,"is_current":false})");
}

TEST_CASE("what nobody sent is nobody's, also for anonymous members", "[group_event]") {
    const auto sent = event({});
    for (const char* user : {"", "alice"}) {
        CHECK(view(*sent, 1, user) ==
              R"({"action":"said","payload":"x","is_mine":false,"is_current":false})");
    }
}

TEST_CASE("an anonymous sender's event is its own connection's only", "[group_event]") {
    const auto sent = event({.as = SenderHandle(7, "", {})});
    CHECK(view(*sent, 7, "") == R"({"action":"said","payload":"x","is_mine":true,"is_current":true})");
    CHECK(view(*sent, 8, "") == R"({"action":"said","payload":"x","is_mine":false,"is_current":false})");
}

TEST_CASE("at most three frames are made, however many members there are", "[group_event]") {
    const auto sent = event({.as = SenderHandle(7, "alice", {})});
    const auto mine = sent->frame_for(8, "alice");
    const auto others = sent->frame_for(9, "bob");
    for (std::uint64_t i = 100; i < 110; ++i) {
        CHECK(sent->frame_for(i, "alice").get() == mine.get());
        CHECK(sent->frame_for(i, "carol").get() == others.get());
    }
    CHECK(sent->frame_for(7, "alice").get() == sent->frame_for(7, "alice").get());
    CHECK(sent->frame_for(7, "alice").get() != mine.get());
    CHECK(mine.get() != others.get());
}

TEST_CASE("a delivery gives each member what the event has for it, for more members and fewer than it was told of",
          "[group_event]") {
    const auto sent = event({.as = SenderHandle(7, "alice", Ref(3))});
    const std::size_t told = GENERATE(std::size_t{0}, 1U, 2U, 5U, 1000U);
    std::vector<chanx::FramePtr> frames;
    {
        chanx::GroupDelivery delivery(sent, told);
        CHECK(&delivery.event() == sent.get());
        CHECK(delivery.frame_for(7, "alice").get() == sent->frame_for(7, "alice").get());
        CHECK(delivery.frame_for(8, "alice").get() == sent->frame_for(8, "alice").get());
        for (std::uint64_t i = 100; i < 105; ++i) frames.push_back(delivery.frame_for(i, "bob"));
    }
    for (const auto& frame : frames) {
        CHECK(frame.get() == sent->frame_for(9, "carol").get());
        CHECK(frame->payload() == R"({"action":"said","payload":"x","is_mine":false,"is_current":false})");
    }
}

TEST_CASE("frames outlive their event", "[group_event]") {
    auto sent = event({});
    const auto frame = sent->frame_for(1, "");
    sent.reset();
    CHECK(frame->payload().starts_with(R"({"action":"said")"));
}

TEST_CASE("camelCase applies to the framework's own fields too", "[group_event]") {
    const auto sent = event({}, {.camelize = true});
    CHECK(view(*sent, 1, "") == R"({"action":"said","payload":"x","isMine":false,"isCurrent":false})");
}

TEST_CASE("a close event refuses codes that a server must not send", "[group_event]") {
    for (const int code : {0, 999, 1004, 1005, 1006, 1010, 1015, 2999, 5000}) {
        CHECK_THROWS_AS(GroupEvent::make_close(static_cast<std::uint16_t>(code), ""), std::invalid_argument);
    }
    const auto close = GroupEvent::make_close(4401, "Logged out");
    CHECK(close->kind() == GroupEvent::Kind::close);
    CHECK(close->close_code() == 4401);
    CHECK(close->reason() == "Logged out");
}
