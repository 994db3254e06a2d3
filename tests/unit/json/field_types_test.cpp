#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"

#include <chanx/json/describe.hpp>
#include <chanx/json/nullable.hpp>
#include <chanx/message/message_set.hpp>

#include <map>
#include <unordered_map>

namespace field_types_test {

struct Ping {
    static constexpr std::string_view tag = "ping";
};
BOOST_DESCRIBE_STRUCT(Ping, (), ())
struct Move {
    static constexpr std::string_view tag = "move";
    json_test::Point to_point;
};
BOOST_DESCRIBE_STRUCT(Move, (), (to_point))

// Told apart by a field of another name.
struct Email {
    static constexpr std::string_view tag = "email";
    static constexpr std::string_view tag_key = "sent_by";
    std::string address;
};
BOOST_DESCRIBE_STRUCT(Email, (), (address))
struct Letter {
    static constexpr std::string_view tag = "letter";
    static constexpr std::string_view tag_key = "sent_by";
    std::string street_name;
    std::string type;
};
BOOST_DESCRIBE_STRUCT(Letter, (), (street_name, type))

struct Inner {
    std::string text;
    std::vector<std::string> tags;
    std::map<std::string, json_test::Point> by_name;
    std::variant<Ping, Move> event;
    std::array<std::int16_t, 2> pair{};
    static constexpr auto constraints =
        chanx::constraints(chanx::length(chanx::each(&Inner::tags), 1), chanx::items(&Inner::tags, 1, 9));
};
BOOST_DESCRIBE_STRUCT(Inner, (), (text, tags, by_name, event, pair))

struct Everything {
    static constexpr std::string_view action = "all";
    bool flag = false;
    std::int8_t int8 = 0;
    std::uint8_t uint8 = 0;
    std::int16_t int16 = 0;
    std::uint16_t uint16 = 0;
    std::int32_t int32 = 0;
    std::uint32_t uint32 = 0;
    std::int64_t int64 = 0;
    std::uint64_t uint64 = 0;
    float single = 0;
    double number = 0;
    std::string text;
    json_test::Colour colour{};
    chanx::sys_time at{};
    std::optional<int> maybe;
    chanx::Nullable<int> nullable;
    std::unordered_map<std::string, int> counts;
    std::variant<Email, Letter> sent;
    std::variant<int, std::string> loose;
    boost::json::value free;
    std::vector<Inner> payload;
};
BOOST_DESCRIBE_STRUCT(Everything, (),
                      (flag, int8, uint8, int16, uint16, int32, uint32, int64, uint64, single, number, text,
                       colour, at, maybe, nullable, counts, sent, loose, free, payload))

using Fields = std::vector<std::pair<std::string, std::string>>;

const Fields valid_fields{
    {"flag", "true"},
    {"int8", "-128"},
    {"uint8", "255"},
    {"int16", "-32768"},
    {"uint16", "65535"},
    {"int32", "-2147483648"},
    {"uint32", "4294967295"},
    {"int64", "-9223372036854775808"},
    {"uint64", "18446744073709551615"},
    {"single", "0.1"},
    {"number", "1e+300"},
    {"text", R"("\"\\\n\u0001é😀")"},
    {"colour", R"("green")"},
    {"at", R"("2024-02-29T12:30:45.678Z")"},
    {"maybe", "null"},
    {"nullable", "null"},
    {"counts", R"({"a_b":1})"},
    {"sent", R"({"sent_by":"letter","street_name":"s","type":"t"})"},
    {"loose", R"("x")"},
    {"free", R"({"c_d":[1,null,{"e_f":2.5}]})"},
    {"payload",
     R"([{"text":"","tags":["a"],"by_name":{"k_k":{"x":1,"y":2}},"event":{"type":"move","to_point":{"x":3,"y":4}},"pair":[1,-2]},)"
     R"({"text":"2","tags":["b","c"],"by_name":{},"event":{"type":"ping"},"pair":[0,0]}])"}};

std::string frame(std::string_view changed = "", std::string_view value = "") {
    std::string text = R"({"action":"all")";
    for (const auto& [name, valid] : valid_fields)
        text += ",\"" + name + "\":" + (name == changed ? std::string(value) : valid);
    return text + "}";
}

using Set = chanx::MessageSet<Everything>;

std::string errors_of(std::string_view field, std::string_view value,
                      const chanx::DecodeOptions& options = {}) {
    return chanx::encode(Set::decode(frame(field, value), options).errors().list());
}

/// As the errors of a frame are written.
std::string error(std::string_view type, std::string_view loc, std::string_view message) {
    return R"([{"type":")" + std::string(type) + R"(","loc":["all",)" + std::string(loc) + R"(],"msg":")" +
           std::string(message) + "\"}]";
}

}  // namespace field_types_test

using namespace field_types_test;

TEST_CASE("a message with a field of every type is written as it was read", "[json][types]") {
    const auto decoded = Set::decode(frame());
    CHECK(json_test::faults(decoded.errors()) == "");
    REQUIRE(decoded);
    CHECK(chanx::encode_message(std::get<0>(decoded.message())) == frame());
    // Whatever is taken for one field is written for it.
    for (const auto& [field, value] : Fields{{"flag", "false"},
                                             {"int8", "127"},
                                             {"uint8", "0"},
                                             {"int64", "9223372036854775807"},
                                             {"uint64", "9223372036854775808"},
                                             {"uint64", "0"},
                                             {"single", "3.4028235e+38"},
                                             {"number", "5e-324"},
                                             {"number", "-0.0"},
                                             {"number", "1.7976931348623157e+308"},
                                             {"at", R"("0000-01-01T00:00:00.000Z")"},
                                             {"at", R"("9999-12-31T23:59:59.999Z")"},
                                             {"maybe", "-7"},
                                             {"nullable", "3"},
                                             {"counts", "{}"},
                                             {"sent", R"({"sent_by":"email","address":"a@b"})"},
                                             {"loose", "-5"},
                                             {"free", "null"},
                                             {"free", "[]"},
                                             {"payload", "[]"}}) {
        const auto other = Set::decode(frame(field, value));
        INFO(field << " " << value);
        REQUIRE(other);
        CHECK(chanx::encode_message(std::get<0>(other.message())) == frame(field, value));
    }
}

TEST_CASE("every mistake has its type, its place and its words", "[json][types]") {
    struct Row {
        std::string_view field, value, type, loc, message;
    };
    const auto in_payload = [](std::string_view field, std::string_view value) {
        std::string text = "[{";
        for (auto [name, valid] : {std::pair<std::string_view, std::string_view>{"text", "\"\""},
                                   {"tags", R"(["a"])"},
                                   {"by_name", "{}"},
                                   {"event", R"({"type":"ping"})"},
                                   {"pair", "[1,2]"}})
            if (name != field) text += "\"" + std::string(name) + "\":" + std::string(valid) + ",";
        return text + "\"" + std::string(field) + "\":" + std::string(value) + "}]";
    };
    const std::string tags = in_payload("tags", R"(["a","b","c",4])"), no_tags = in_payload("tags", "[]"),
                      empty_tag = in_payload("tags", R"(["a",""])"), list = in_payload("tags", "{}"),
                      map = in_payload("by_name", R"({"k_k":{"x":1,"y":true}})"),
                      no_map = in_payload("by_name", "[]"), no_tag = in_payload("event", "{}"),
                      bad_tag = in_payload("event", R"({"type":"jump"})"),
                      in_event = in_payload("event", R"({"to_point":{"x":1,"y":"2"},"type":"move"})"),
                      no_event = in_payload("event", "3"), three = in_payload("pair", "[1,2,3]"),
                      one = in_payload("pair", "[1]"), wide = in_payload("pair", "[1,32768]"),
                      text = in_payload("text", "7");
    for (const Row& row : std::vector<Row>{
             {"flag", "1", "bool_type", R"("flag")", "Input should be a valid boolean"},
             {"int8", "128", "less_than_equal", R"("int8")", "Input should be less than or equal to 127"},
             {"int8", "-129", "greater_than_equal", R"("int8")",
              "Input should be greater than or equal to -128"},
             {"uint8", "-1", "greater_than_equal", R"("uint8")",
              "Input should be greater than or equal to 0"},
             {"uint16", "65536", "less_than_equal", R"("uint16")",
              "Input should be less than or equal to 65535"},
             {"int32", "2147483648", "less_than_equal", R"("int32")",
              "Input should be less than or equal to 2147483647"},
             {"int64", "9223372036854775808", "less_than_equal", R"("int64")",
              "Input should be less than or equal to 9223372036854775807"},
             {"uint64", "18446744073709551616", "less_than_equal", R"("uint64")",
              "Input should be less than or equal to 18446744073709551615"},
             {"int32", "1.0", "int_type", R"("int32")", "Input should be a valid integer"},
             {"int32", "1e0", "int_type", R"("int32")", "Input should be a valid integer"},
             {"int32", "\"1\"", "int_type", R"("int32")", "Input should be a valid integer"},
             {"int32", "true", "int_type", R"("int32")", "Input should be a valid integer"},
             {"single", "1e39", "finite_number", R"("single")", "Input should be a finite number"},
             {"number", "-1e999", "finite_number", R"("number")", "Input should be a finite number"},
             {"number", "\"1\"", "float_type", R"("number")", "Input should be a valid number"},
             {"text", "null", "string_type", R"("text")", "Input should be a valid string"},
             {"colour", "\"pink\"", "enum", R"("colour")", "Input should be 'red', 'green' or 'blue'"},
             {"colour", "1", "enum", R"("colour")", "Input should be 'red', 'green' or 'blue'"},
             {"at", "0", "datetime_type", R"("at")", "Input should be a valid datetime"},
             {"at", "\"noon\"", "datetime_parsing", R"("at")",
              "Input should be a valid datetime, in ISO 8601 with Z or an offset"},
             {"maybe", "\"1\"", "int_type", R"("maybe")", "Input should be a valid integer"},
             {"nullable", "\"1\"", "int_type", R"("nullable")", "Input should be a valid integer"},
             {"counts", "[]", "dict_type", R"("counts")", "Input should be an object"},
             {"counts", R"({"a":null})", "int_type", R"("counts","a")", "Input should be a valid integer"},
             {"sent", "{}", "union_tag_not_found", R"("sent")",
              "Unable to extract tag using discriminator 'sent_by'"},
             {"sent", R"({"type":"letter","street_name":"s"})", "union_tag_not_found", R"("sent")",
              "Unable to extract tag using discriminator 'sent_by'"},
             {"sent", R"({"sent_by":"pigeon"})", "union_tag_invalid", R"("sent")",
              "Input tag found using 'sent_by' does not match any of the expected tags: 'email', 'letter'"},
             {"sent", R"({"address":5,"sent_by":"email"})", "string_type", R"("sent","email","address")",
              "Input should be a valid string"},
             {"sent", "[]", "model_type", R"("sent")", "Input should be an object"},
             {"free", "1e999", "finite_number", R"("free")", "Input should be a finite number"},
             {"payload", "null", "list_type", R"("payload")", "Input should be a valid array"},
             {"payload", "[1]", "model_type", R"("payload",0)", "Input should be an object"},
             {"payload", tags, "string_type", R"("payload",0,"tags",3)", "Input should be a valid string"},
             {"payload", empty_tag, "string_too_short", R"("payload",0,"tags",1)",
              "String should have at least 1 character"},
             {"payload", no_tags, "too_short", R"("payload",0,"tags")",
              "List should have at least 1 item after validation, not 0"},
             {"payload", list, "list_type", R"("payload",0,"tags")", "Input should be a valid array"},
             {"payload", map, "int_type", R"("payload",0,"by_name","k_k","y")",
              "Input should be a valid integer"},
             {"payload", no_map, "dict_type", R"("payload",0,"by_name")", "Input should be an object"},
             {"payload", no_tag, "union_tag_not_found", R"("payload",0,"event")",
              "Unable to extract tag using discriminator 'type'"},
             {"payload", bad_tag, "union_tag_invalid", R"("payload",0,"event")",
              "Input tag found using 'type' does not match any of the expected tags: 'ping', 'move'"},
             {"payload", in_event, "int_type", R"("payload",0,"event","move","to_point","y")",
              "Input should be a valid integer"},
             {"payload", no_event, "model_type", R"("payload",0,"event")", "Input should be an object"},
             {"payload", three, "too_long", R"("payload",0,"pair")",
              "List should have at most 2 items after validation, not 3"},
             {"payload", one, "too_short", R"("payload",0,"pair")",
              "List should have at least 2 items after validation, not 1"},
             {"payload", wide, "less_than_equal", R"("payload",0,"pair",1)",
              "Input should be less than or equal to 32767"},
             {"payload", text, "string_type", R"("payload",0,"text")", "Input should be a valid string"}}) {
        INFO(row.field << " " << row.value);
        CHECK(errors_of(row.field, row.value) == error(row.type, row.loc, row.message));
    }
}

TEST_CASE("every field but the optional one is required", "[json][types]") {
    const auto errors = Set::decode(R"({"action":"all"})").errors();
    std::string expected;
    for (const auto& [name, valid] : valid_fields)
        if (name != "maybe") expected += (expected.empty() ? "missing@.all." : " missing@.all.") + name;
    // There are as many as are kept.
    CHECK(json_test::faults(errors) == expected);
    CHECK(errors[0].msg == "Field required");
}

TEST_CASE("an array has exactly its number of items", "[json][types][array]") {
    using Pair = std::array<json_test::Point, 2>;
    CHECK(chanx::decode<Pair>(R"([{"x":1,"y":2},{"x":3,"y":4}])").value() ==
          Pair{json_test::Point{1, 2}, json_test::Point{3, 4}});
    CHECK(json_test::faults<Pair>(R"([{"x":1,"y":2}])") == "too_short@");
    // What is too much is not looked into, but it must be JSON.
    CHECK(json_test::faults<Pair>(R"([{"x":1,"y":2},{"x":3,"y":4},{"x":"?"},[[]],5])") == "too_long@");
    CHECK(json_test::faults<Pair>(R"([{"x":1},2,3])") == "missing@[0].y model_type@[1] too_long@");
    CHECK(json_test::faults<Pair>("{}") == "list_type@");
    CHECK(chanx::encode(Pair{}) == R"([{"x":0,"y":0},{"x":0,"y":0}])");
    CHECK(chanx::decode<std::array<bool, 2>>("[true,false]").value() == std::array{true, false});
}

TEST_CASE("names, tags' keys and places are in camel case when asked", "[json][types][camelize]") {
    const std::string_view text =
        R"([{"text":"","tags":["a"],"byName":{"k_k":{"x":1,"y":2}},"event":{"type":"move","toPoint":{"x":3,"y":4}},"pair":[1,2]}])";
    std::string camel = frame("payload", text);
    const auto replace = [&](std::string_view from, std::string_view to) {
        camel.replace(camel.find(from), from.size(), to);
    };
    replace("sent_by", "sentBy");
    replace("street_name", "streetName");
    const auto decoded = Set::decode(camel, {.camelize = true, .forbid_extra = true});
    CHECK(json_test::faults(decoded.errors()) == "");
    REQUIRE(decoded);
    // Map keys and free JSON stay as they are.
    CHECK(chanx::encode_message(std::get<0>(decoded.message()), {.camelize = true}) == camel);

    const auto faults = [](std::string_view sent, std::string_view payload) {
        std::string faulty = frame("payload", payload);
        const auto at = faulty.find(R"({"sent_by")");
        faulty.replace(at, faulty.find('}', at) + 1 - at, sent);
        return json_test::faults(Set::decode(faulty, {.camelize = true, .forbid_extra = true}).errors());
    };
    CHECK(faults(R"({"sentBy":"letter","street_name":"s","type":""})", "[]") ==
          "extra_forbidden@.all.sent.letter.street_name missing@.all.sent.letter.streetName");
    CHECK(faults(R"({"sent_by":"letter"})", "[]") == "union_tag_not_found@.all.sent");
    CHECK(
        faults(
            R"({"sentBy":"email","address":""})",
            R"([{"text":"","tags":["a"],"byName":{"k_k":{"x":1}},"event":{"toPoint":{"x":1},"type":"move"},"pair":[1,2]}])") ==
        "missing@.all.payload[0].byName.k_k.y missing@.all.payload[0].event.move.toPoint.y");
    CHECK(Set::decode(frame("sent", "{}"), {.camelize = true}).errors()[0].msg ==
          "Unable to extract tag using discriminator 'sentBy'");
}

TEST_CASE("unknown fields are forbidden at any depth", "[json][types][strict]") {
    const chanx::DecodeOptions strict{.forbid_extra = true};
    CHECK(errors_of("sent", R"({"sent_by":"email","address":"","cc":[1]})") == "[]");
    CHECK(errors_of("sent", R"({"cc":[1],"sent_by":"email","address":""})", strict) ==
          error("extra_forbidden", R"("sent","email","cc")", "Extra inputs are not permitted"));
    CHECK(
        errors_of(
            "payload",
            R"([{"text":"","tags":["a"],"by_name":{"k":{"x":1,"y":2,"z":{"a":1}}},"event":{"type":"ping"},"pair":[1,2]}])",
            strict) ==
        error("extra_forbidden", R"("payload",0,"by_name","k","z")", "Extra inputs are not permitted"));
    CHECK(errors_of("free", R"({"any":{"thing":1}})", strict) == "[]");
    CHECK(errors_of("counts", R"({"any":1})", strict) == "[]");
}

TEST_CASE("a fault at the deepest level has its whole way", "[json][types]") {
    // 32 containers: object, then list and object in turn, and a list at the end.
    std::string text, expected;
    for (int i = 0; i < 15; ++i) {
        text += R"({"id":1,"children":[)";
        expected += ".children[0]";
    }
    text += R"({"id":"x","children":[]})";
    for (int i = 0; i < 15; ++i) text += "]}";
    CHECK(json_test::faults<json_test::Tree>(text) == "int_type@" + expected + ".id");
}
