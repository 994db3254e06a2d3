#include <chanx/message/message_set.hpp>

#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"

#include <chanx/message/standard.hpp>

#include <random>

namespace message_set_test {

struct Chat {
    static constexpr std::string_view action = "chat";
    std::string payload;
    static constexpr auto constraints =
        chanx::constraints(chanx::trimmed(&Chat::payload), chanx::length(&Chat::payload, 1, 20));
};
BOOST_DESCRIBE_STRUCT(Chat, (), (payload))

struct Move {
    static constexpr std::string_view action = "move";
    json_test::Point payload;
    std::optional<int> step_count;
};
BOOST_DESCRIBE_STRUCT(Move, (), (payload, step_count))

}  // namespace message_set_test

using namespace message_set_test;
using json_test::faults;
using Set = chanx::MessageSet<chanx::PingMessage, Chat, Move>;

namespace {

std::string set_faults(std::string_view text, const chanx::DecodeOptions& options = {}) {
    return faults(Set::decode(text, options).errors());
}

std::string payload_of(std::string_view text, const chanx::DecodeOptions& options = {}) {
    return std::get<Chat>(Set::decode(text, options).message()).payload;
}

}  // namespace

TEST_CASE("a frame becomes the message that its action names", "[message]") {
    auto ping = Set::decode(R"({"action":"ping"})");
    REQUIRE(ping);
    CHECK(std::holds_alternative<chanx::PingMessage>(ping.message()));
    CHECK(ping.action() == "ping");
    CHECK(ping.index() == 0u);
    CHECK_FALSE(ping.ref());
    CHECK(payload_of(R"({"action":"chat","payload":" Hello "})") == "Hello");
    const auto move = Set::decode(R"({"action":"move","payload":{"x":1,"y":2},"step_count":3})");
    REQUIRE(move);
    CHECK(std::get<Move>(move.message()).payload == json_test::Point{1, 2});
    CHECK(std::get<Move>(move.message()).step_count == 3);
}

TEST_CASE("the payload of a message without fields is ignored", "[message]") {
    CHECK(Set::decode(R"({"action":"ping","payload":null})"));
    CHECK(Set::decode(R"({"action":"ping","payload":{"deep":[1]}})"));
    CHECK(Set::decode(R"({"action":"ping","payload":{"deep":[1]}})", {.forbid_extra = true}));
}

TEST_CASE("the action may come after what it explains", "[message]") {
    CHECK(payload_of(R"({"payload":"late","action":"chat"})") == "late");
    CHECK(payload_of(R"({"payload":"l\u00e4te","action":"chat","ref":1})") == "l\u00e4te");
    const auto move = Set::decode(R"({"ref":"r","step_count":2,"payload":{"y":2,"x":1},"action":"move"})");
    REQUIRE(move);
    CHECK(std::get<Move>(move.message()).payload == json_test::Point{1, 2});
    CHECK(move.ref() == chanx::Ref("r"));
    CHECK(set_faults(R"({"payload":5,"action":"chat"})") == "string_type@.chat.payload");
    CHECK(set_faults(R"({"other":5,"action":"chat"})") == "missing@.chat.payload");
    CHECK(set_faults(R"({"payload":5,"action":"nope"})") == "union_tag_invalid@");
}

TEST_CASE("of two actions the last one counts", "[message]") {
    CHECK(payload_of(R"({"action":"ping","payload":"x","action":"chat"})") == "x");
    CHECK(payload_of(R"({"action":"chat","payload":"x","action":"chat"})") == "x");
    CHECK(Set::decode(R"({"action":"chat","payload":5,"action":"ping"})"));
    CHECK(payload_of(R"({"action":"nope","payload":"x","action":"chat"})") == "x");
    CHECK(set_faults(R"({"action":"chat","payload":5,"action":"nope"})") == "union_tag_invalid@");
    CHECK(set_faults(R"({"payload":5,"action":"chat","action":7})") == "union_tag_invalid@");
}

TEST_CASE("the place of a fault begins with the action", "[message]") {
    CHECK(set_faults(R"({"action":"chat"})") == "missing@.chat.payload");
    CHECK(set_faults(R"({"action":"chat","payload":5})") == "string_type@.chat.payload");
    CHECK(set_faults(R"({"action":"chat","payload":"  "})") == "string_too_short@.chat.payload");
    CHECK(set_faults(R"({"action":"chat","payload":["x"]})") == "string_type@.chat.payload");
    CHECK(set_faults(R"({"action":"move","payload":{"x":"1"},"step_count":1.0})") ==
          "int_type@.move.payload.x missing@.move.payload.y int_type@.move.step_count");
    const auto errors = Set::decode(R"({"action":"chat"})").errors();
    CHECK(errors[0] == chanx::ValidationError{"missing", {"chat", "payload"}, "Field required"});
}

TEST_CASE("faults of the whole frame have no place", "[message]") {
    for (const char* bad : {"", "{", "ping", R"({"action":"ping"}x)", "{\"action\":\"ping\",\"x\":\"\xff\"}"})
        CHECK(set_faults(bad) == "json_invalid@");
    for (const char* bad : {"null", "5", "\"ping\"", "[]", R"([{"action":"ping"}])"})
        CHECK(set_faults(bad) == "model_type@");
    CHECK(set_faults("{}") == "union_tag_not_found@");
    CHECK(set_faults(R"({"payload":"x"})") == "union_tag_not_found@");
    CHECK(set_faults(R"({"action":"nope"})") == "union_tag_invalid@");
    CHECK(set_faults(R"({"action":5})") == "union_tag_invalid@");
    CHECK(set_faults(R"({"action":null})") == "union_tag_invalid@");
    CHECK(set_faults(R"({"action":["ping"]})") == "union_tag_invalid@");
    CHECK(set_faults(R"({"action":{"action":"ping"}})") == "union_tag_invalid@");
    CHECK(set_faults(R"({"x":)" + std::string(40, '[') + std::string(40, ']') + R"(,"action":"ping"})") ==
          "recursion_loop@");
    CHECK(Set::decode("{}").errors()[0].msg == "Unable to extract tag using discriminator 'action'");
    CHECK(Set::decode(R"({"action":"nope"})").errors()[0].msg ==
          "Input tag found using 'action' does not match any of the expected tags: 'ping', 'chat', 'move'");
}

TEST_CASE("a ref is nothing, an integer or a short string", "[message][ref]") {
    const auto ref = [](std::string_view text) {
        return Set::decode("{\"action\":\"ping\",\"ref\":" + std::string(text) + "}").ref();
    };
    CHECK(ref("7") == chanx::Ref(7));
    CHECK(ref("-9223372036854775808") == chanx::Ref(INT64_MIN));
    CHECK(ref("\"\"") == chanx::Ref(""));
    CHECK(ref("\"abc\"") == chanx::Ref("abc"));
    std::string wide;
    for (int i = 0; i < 64; ++i) wide += "\U0001F600";
    CHECK(ref("\"" + wide + "\"") == chanx::Ref(wide));
    const auto fault = [](std::string_view text) {
        return set_faults("{\"action\":\"ping\",\"ref\":" + std::string(text) + "}");
    };
    CHECK(fault("\"" + std::string(65, 'x') + "\"") == "string_too_long@.ref");
    CHECK(fault("9223372036854775808") == "less_than_equal@.ref");
    CHECK(fault("-9223372036854775809") == "greater_than_equal@.ref");
    CHECK(fault("99999999999999999999999") == "less_than_equal@.ref");
    for (const char* bad : {"null", "true", "1.0", "1e3", "[]", "[1]", "{}"})
        CHECK(fault(bad) == "string_type@.ref");
}

TEST_CASE("the ref is kept when the rest is invalid", "[message][ref]") {
    CHECK(Set::decode(R"({"action":"chat","ref":7})").ref() == chanx::Ref(7));
    CHECK(Set::decode(R"({"ref":7,"action":"nope"})").ref() == chanx::Ref(7));
    CHECK(Set::decode(R"({"ref":7,"payload":[{"ref":8}]})").ref() == chanx::Ref(7));
    CHECK(Set::decode(R"({"ref":7,"ref":8,"action":"chat"})").ref() == chanx::Ref(8));
    CHECK_FALSE(Set::decode(R"({"ref":7,"action":"ping",})").ref());
    CHECK(set_faults(R"({"ref":null,"action":"chat"})") == "string_type@.ref missing@.chat.payload");
    CHECK(set_faults(R"({"ref":null,"payload":1,"action":"chat"})") ==
          "string_type@.ref string_type@.chat.payload");
    CHECK(Set::decode(R"({"action":"chat"})").action() == "chat");
    CHECK(Set::decode(R"({"action":"nope"})").action().empty());
}

TEST_CASE("the key of the action can be another", "[message]") {
    const chanx::DecodeOptions options{.action_key = "kind"};
    CHECK(payload_of(R"({"kind":"chat","payload":"x"})", options) == "x");
    CHECK(set_faults(R"({"action":"ping"})", options) == "union_tag_not_found@");
}

TEST_CASE("fields that a message lacks are ignored or forbidden", "[message]") {
    CHECK(payload_of(R"({"action":"chat","more":{"x":[1]},"payload":"x"})") == "x");
    CHECK(set_faults(R"({"action":"chat","more":1,"payload":"x","ref":1})", {.forbid_extra = true}) ==
          "extra_forbidden@.chat.more");
    CHECK(set_faults(R"({"action":"ping","more":1})", {.forbid_extra = true}) ==
          "extra_forbidden@.ping.more");
}

TEST_CASE("message fields are in camel case when asked", "[message][camelize]") {
    const chanx::DecodeOptions options{.camelize = true};
    CHECK(std::get<Move>(
              Set::decode(R"({"action":"move","payload":{"x":1,"y":2},"stepCount":3})", options).message())
              .step_count == 3);
    CHECK(set_faults(R"({"action":"move","payload":{"x":1,"y":2},"stepCount":"x"})", options) ==
          "int_type@.move.stepCount");
}

TEST_CASE("a short way and the long way read the same messages", "[message]") {
    // A trailing container that is ignored keeps the text from the short way.
    for (const char* fields :
         {R"("action":"chat","payload":"x")", R"("action":"chat","payload":5)", R"("action":"chat")",
          R"("payload":"x","action":"chat")", R"("action":"nope","ref":3)", R"("ref":"a")",
          R"("action":"chat","payload":"a\n\"b\\\/\t")", R"("action":"chat","payload":"a\u00e9")",
          "\"action\":\"chat\",\"payload\":\"\\n\u00e9\\n\u20ac\"",
          "\"action\":\"chat\",\"payload\":\"\\n\xff\"", "\"action\":\"chat\",\"payload\":\"\\q\"",
          "\"action\":\"chat\",\"payload\":\"a\nb\"", "\"action\":\"chat\",\"payload\":\"\u00e9\"",
          R"("action" : "ping" , "ref" : -12)"}) {
        const auto brief = Set::decode("{" + std::string(fields) + "}");
        const auto full = Set::decode("{" + std::string(fields) + ",\"zz\":[]}");
        CHECK(faults(brief.errors()) == faults(full.errors()));
        CHECK(brief.ref() == full.ref());
        CHECK(brief.index() == full.index());
        if (brief && full && brief.index() == 1u)
            CHECK(std::get<Chat>(brief.message()).payload == std::get<Chat>(full.message()).payload);
    }
}

TEST_CASE("random garbage is an error or a message, never more", "[message][fuzz]") {
    std::mt19937 random(11);
    const std::vector<std::string> seeds = {R"({"action":"chat","payload":"hello","ref":5})",
                                            R"({"payload":{"x":1,"y":2},"action":"move","step_count":3})",
                                            "{\"action\":\"ping\",\"ref\":\"\u00e9\"}"};
    const std::string_view alphabet = "{}[]\":,\\u019truefalsn.-+eE acionpg\xc3\xff\n";
    std::size_t valid = 0;
    for (int i = 0; i < 30000; ++i) {
        std::string text = seeds[random() % seeds.size()];
        for (auto edits = random() % 4; edits > 0; --edits) {
            const auto at = random() % (text.size() + 1);
            if (random() % 2 == 0)
                text.insert(at, 1, alphabet[random() % alphabet.size()]);
            else
                text.erase(at, 1 + random() % 3);
        }
        const auto decoded = Set::decode(text);
        valid += decoded.has_value();
        CHECK(decoded.has_value() == decoded.errors().empty());
    }
    CHECK(valid > 1000);
}
