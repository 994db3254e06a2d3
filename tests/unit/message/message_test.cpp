#include <chanx/message/message.hpp>

#include "support/catch.hpp"

#include <chanx/message/standard.hpp>

namespace message_test {

struct Posted {
    static constexpr std::string_view action = "posted";
    std::string payload;
    int post_id = 0;
};
BOOST_DESCRIBE_STRUCT(Posted, (), (payload, post_id))

struct NoAction {
    int x = 0;
};
BOOST_DESCRIBE_STRUCT(NoAction, (), (x))

struct EmptyAction {
    static constexpr std::string_view action = "";
};
BOOST_DESCRIBE_STRUCT(EmptyAction, (), ())

struct NotDescribed {
    static constexpr std::string_view action = "x";
};

}  // namespace message_test

using namespace message_test;

static_assert(chanx::Message<Posted>);
static_assert(chanx::Message<chanx::PingMessage>);
static_assert(!chanx::Message<NoAction>);
static_assert(!chanx::Message<EmptyAction>);
static_assert(!chanx::Message<NotDescribed>);
static_assert(!chanx::Message<int>);

TEST_CASE("a message's own fields stand beside its action", "[message]") {
    CHECK(chanx::encode_message(Posted{"hi", 3}) == R"({"action":"posted","payload":"hi","post_id":3})");
    CHECK(chanx::encode_message(Posted{"hi", 3}, {.camelize = true, .action_key = "kind"}) ==
          R"({"kind":"posted","payload":"hi","postId":3})");
}

TEST_CASE("ref, is_mine and is_current follow the message's own fields", "[message]") {
    const Posted posted{"hi", 3};
    const std::string open = R"({"action":"posted","payload":"hi","post_id":3)";
    const chanx::Ref text("a\"b");
    const chanx::Ref number(-7);
    const chanx::Ref none;
    CHECK(chanx::encode_message(posted, {}, {.ref = &text}) == open + R"(,"ref":"a\"b"})");
    CHECK(chanx::encode_message(posted, {}, {.ref = &number}) == open + R"(,"ref":-7})");
    CHECK(chanx::encode_message(posted, {}, {.ref = &none}) == open + "}");
    CHECK(chanx::encode_message(posted, {}, {.ref = &number, .is_mine = true, .is_current = false}) ==
          open + R"(,"ref":-7,"is_mine":true,"is_current":false})");
    CHECK(chanx::encode_message(chanx::PongMessage{}, {.camelize = true},
                                {.is_mine = false, .is_current = true}) ==
          R"({"action":"pong","payload":null,"isMine":false,"isCurrent":true})");
}

TEST_CASE("frames that differ in their tail share the rest", "[message]") {
    std::string frame = "before ";
    chanx::encode_open(frame, Posted{"hi", 3});
    const auto open = frame.size();
    chanx::append_tail(frame, {.is_mine = true, .is_current = true});
    CHECK(frame ==
          R"(before {"action":"posted","payload":"hi","post_id":3,"is_mine":true,"is_current":true})");
    frame.resize(open);
    chanx::append_tail(frame, {.is_mine = false, .is_current = false});
    CHECK(frame ==
          R"(before {"action":"posted","payload":"hi","post_id":3,"is_mine":false,"is_current":false})");
}
