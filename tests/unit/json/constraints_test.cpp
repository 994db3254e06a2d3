#include <chanx/json/constraints.hpp>

#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"

#include <chanx/error.hpp>

#include <limits>
#include <map>
#include <type_traits>

namespace constraints_test {

struct Text {
    std::optional<std::string> trimmed;
    std::optional<std::string> length;
    std::optional<std::string> pattern;
    static constexpr auto constraints = chanx::constraints(
        // Written in the wrong order on purpose: trimmed always comes first.
        chanx::length(&Text::trimmed, 1, 3), chanx::trimmed(&Text::trimmed),
        chanx::length(&Text::length, 2, 4), chanx::pattern(&Text::pattern, "^[a-z]+$"),
        chanx::length(&Text::pattern, 0, 2));
};
BOOST_DESCRIBE_STRUCT(Text, (), (trimmed, length, pattern))

struct Numbers {
    std::optional<int> range;
    std::optional<std::uint64_t> at_least;
    std::optional<std::int64_t> at_most;
    std::optional<double> above;
    std::optional<float> below;
    std::optional<int> multiple;
    std::optional<double> tenth;
    static constexpr auto constraints = chanx::constraints(
        chanx::range(&Numbers::range, -5, 10), chanx::at_least(&Numbers::at_least, 10000000000000000000u),
        chanx::at_most(&Numbers::at_most, -3), chanx::greater_than(&Numbers::above, 0.5),
        chanx::less_than(&Numbers::below, 2.0f), chanx::multiple_of(&Numbers::multiple, 3),
        chanx::multiple_of(&Numbers::tenth, 0.1));
};
BOOST_DESCRIBE_STRUCT(Numbers, (), (range, at_least, at_most, above, below, multiple, tenth))

enum { at_most_sixty = 60 };

/// Bounds of other types than their fields.
struct Mixed {
    std::optional<std::uint8_t> byte;
    std::optional<std::uint64_t> large;
    std::optional<std::int64_t> whole;
    std::optional<double> real;
    std::optional<float> tenth;
    std::optional<int> named;
    static constexpr auto constraints = chanx::constraints(
        chanx::range(&Mixed::byte, 0L, 255u), chanx::at_least(&Mixed::large, 5),
        chanx::at_most(&Mixed::whole, 1e6), chanx::multiple_of(&Mixed::whole, std::uint8_t{3}),
        chanx::range(&Mixed::real, 0, 1u), chanx::at_most(&Mixed::tenth, 0.1),
        chanx::range(&Mixed::named, std::integral_constant<short, 1>(), at_most_sixty));
};
BOOST_DESCRIBE_STRUCT(Mixed, (), (byte, large, whole, real, tenth, named))

using chanx::detail::is_value_of;
static_assert(is_value_of<std::uint8_t>(255) && !is_value_of<std::uint8_t>(256) &&
              !is_value_of<std::uint8_t>(-1));
static_assert(is_value_of<std::int8_t>(-128) && !is_value_of<std::int8_t>(-129) &&
              !is_value_of<std::int8_t>(128u));
static_assert(is_value_of<std::uint64_t>(~0ull) && !is_value_of<std::uint64_t>(-1ll));
static_assert(!is_value_of<std::int64_t>(~0ull) && !is_value_of<std::int64_t>(1ull << 63));
static_assert(is_value_of<std::int64_t>(-9223372036854775808.0) &&
              !is_value_of<std::int64_t>(9223372036854775808.0));
static_assert(is_value_of<std::uint64_t>(9223372036854775808.0) &&
              !is_value_of<std::uint64_t>(18446744073709551616.0));
static_assert(!is_value_of<std::uint64_t>(-0.5) && !is_value_of<int>(2.5) && is_value_of<int>(-2.0f));
static_assert(!is_value_of<int>(std::numeric_limits<double>::quiet_NaN()));
static_assert(is_value_of<double>(1ll << 53) && !is_value_of<double>((1ll << 53) + 1) &&
              !is_value_of<double>(~0ull));
static_assert(is_value_of<float>(0.1) && !is_value_of<float>(1e39) && !is_value_of<float>(16777217));
static_assert(!is_value_of<double>(std::numeric_limits<double>::quiet_NaN()));

struct Lists {
    std::optional<std::vector<int>> list;
    std::optional<std::map<std::string, int>> map;
    std::optional<std::vector<json_test::Point>> unique;
    static constexpr auto constraints = chanx::constraints(
        chanx::items(&Lists::list, 1, 2), chanx::items(&Lists::map, 2), chanx::unique(&Lists::unique));
};
BOOST_DESCRIBE_STRUCT(Lists, (), (list, map, unique))

struct Checked {
    std::optional<int> even;
    std::optional<json_test::Point> ordered;
    std::vector<int> sum;
    boost::json::value array;
    json_test::Shape shape;
    static constexpr auto constraints = chanx::constraints(
        chanx::at_least(&Checked::even, 0),
        chanx::check(&Checked::even, "should be even", [](const int& value) { return value % 2 == 0; }),
        chanx::check(&Checked::ordered, "x should come before y",
                     [](const json_test::Point& point) { return point.x < point.y; }),
        chanx::check(&Checked::sum, "should not be ten",
                     [](const std::vector<int>& list) { return list != std::vector{10}; }),
        chanx::check(&Checked::array, "should be an array",
                     [](const boost::json::value& value) { return value.is_array(); }),
        chanx::check(&Checked::shape, "should be a circle",
                     [](const json_test::Shape& shape) { return shape.index() == 0; }));
};
BOOST_DESCRIBE_STRUCT(Checked, (), (even, ordered, sum, array, shape))

struct BadPattern {
    std::string text;
    static constexpr auto constraints = chanx::constraints(chanx::pattern(&BadPattern::text, "(unclosed"));
};
BOOST_DESCRIBE_STRUCT(BadPattern, (), (text))

}  // namespace constraints_test

using namespace constraints_test;
using chanx::decode;
using json_test::faults;

namespace {

template <class T>
std::string message(std::string_view text) {
    const auto result = decode<T>(text);
    return result ? "" : result.error()[0].msg;
}

}  // namespace

TEST_CASE("length counts code points", "[json][constraints]") {
    CHECK(decode<Text>(R"({"length":"ab"})").has_value());
    CHECK(decode<Text>("{\"length\":\"\U0001F600\U0001F600\U0001F600\U0001F600\"}").has_value());
    CHECK(faults<Text>("{\"length\":\"\U0001F600\"}") == "string_too_short@.length");
    CHECK(faults<Text>(R"({"length":"abcde"})") == "string_too_long@.length");
    CHECK(faults<Text>("{\"length\":\"\u00e9\u00e9\u00e9\u00e9\u00e9\"}") == "string_too_long@.length");
    CHECK(message<Text>(R"({"length":""})") == "String should have at least 2 characters");
    CHECK(message<Text>(R"({"length":"abcde"})") == "String should have at most 4 characters");
    CHECK(message<Text>(R"({"trimmed":""})") == "String should have at least 1 character");
}

TEST_CASE("a bound may have another type than its field, if the field can have its value",
          "[json][constraints]") {
    CHECK(decode<Mixed>(R"({"byte":255,"large":5,"whole":999999,"real":1,"tenth":0.1,"named":60})")
              .has_value());
    CHECK(faults<Mixed>(R"({"byte":256,"large":4,"whole":1000002,"real":1.5,"tenth":0.2,"named":61})") ==
          "less_than_equal@.byte greater_than_equal@.large less_than_equal@.whole less_than_equal@.real "
          "less_than_equal@.tenth less_than_equal@.named");
    CHECK(faults<Mixed>(R"({"whole":4,"real":-1,"named":0})") ==
          "multiple_of@.whole greater_than_equal@.real greater_than_equal@.named");
}

TEST_CASE("trimmed changes the value before its length is checked", "[json][constraints]") {
    CHECK(decode<Text>(R"({"trimmed":"  abc\n"})").value().trimmed == "abc");
    CHECK(
        decode<Text>(
            R"({"trimmed":"\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeffa b\u0009\u000b\u000c\r"})")
            .value()
            .trimmed == "a b");
    CHECK(faults<Text>(R"({"trimmed":" \u3000\ufeff\n"})") == "string_too_short@.trimmed");
    CHECK(decode<Text>(R"({"trimmed":"\u200b"})").value().trimmed == "\u200b");
    CHECK(decode<Text>(R"({"trimmed":"\u0085"})").value().trimmed == "\u0085");
    CHECK(decode<Text>(R"({"trimmed":" \u0000 "})").value().trimmed == std::string(1, '\0'));
}

TEST_CASE("pattern is searched for in the text", "[json][constraints]") {
    CHECK(decode<Text>(R"({"pattern":"ab"})").has_value());
    CHECK(faults<Text>(R"({"pattern":"A"})") == "string_pattern_mismatch@.pattern");
    CHECK(faults<Text>(R"({"pattern":"ABC"})") ==
          "string_pattern_mismatch@.pattern string_too_long@.pattern");
    CHECK(message<Text>(R"({"pattern":"A"})") == "String should match pattern '^[a-z]+$'");
    CHECK(faults<Text>("{\"pattern\":\"" + std::string(100000, 'a') + "\"}") == "string_too_long@.pattern");
}

TEST_CASE("a pattern that is no regular expression is a configuration error", "[json][constraints]") {
    CHECK_THROWS_AS(decode<BadPattern>(R"({"text":"x"})"), chanx::ConfigurationError);
    CHECK_THROWS_WITH(decode<BadPattern>(R"({"text":"x"})"), support::containing("(unclosed"));
}

TEST_CASE("numbers are held against their bounds", "[json][constraints]") {
    CHECK(decode<Numbers>(R"({"range":-5,"at_least":10000000000000000000,"at_most":-3,"above":0.6,"below":1.9,
                              "multiple":-9,"tenth":0.3})")
              .has_value());
    CHECK(decode<Numbers>(R"({"range":10})").has_value());
    CHECK(
        faults<Numbers>(R"({"range":-6,"at_least":9999999999999999999,"at_most":-2,"above":0.5,"below":2,
                              "multiple":10,"tenth":0.35})") ==
        "greater_than_equal@.range greater_than_equal@.at_least less_than_equal@.at_most greater_than@.above "
        "less_than@.below multiple_of@.multiple multiple_of@.tenth");
    CHECK(message<Numbers>(R"({"range":11})") == "Input should be less than or equal to 10");
    CHECK(message<Numbers>(R"({"range":-6})") == "Input should be greater than or equal to -5");
    CHECK(message<Numbers>(R"({"above":0})") == "Input should be greater than 0.5");
    CHECK(message<Numbers>(R"({"below":2})") == "Input should be less than 2.0");
    CHECK(message<Numbers>(R"({"multiple":1})") == "Input should be a multiple of 3");
    CHECK(message<Numbers>(R"({"at_least":1})") ==
          "Input should be greater than or equal to 10000000000000000000");
}

TEST_CASE("lists and maps are held against their number of items", "[json][constraints]") {
    CHECK(decode<Lists>(R"({"list":[1],"map":{"a":1,"b":2},"unique":[{"x":1,"y":2},{"x":2,"y":1}]})")
              .has_value());
    CHECK(faults<Lists>(R"({"list":[],"map":{"a":1,"a":2},"unique":[{"x":1,"y":2},{"y":2,"x":1}]})") ==
          "too_short@.list too_short@.map value_error@.unique");
    CHECK(faults<Lists>(R"({"list":[1,2,3]})") == "too_long@.list");
    CHECK(message<Lists>(R"({"list":[]})") == "List should have at least 1 item after validation, not 0");
    CHECK(message<Lists>(R"({"list":[1,2,3]})") ==
          "List should have at most 2 items after validation, not 3");
    CHECK(message<Lists>(R"({"map":{}})") ==
          "Dictionary should have at least 2 items after validation, not 0");
    CHECK(message<Lists>(R"({"unique":[{"x":1,"y":2},{"y":2,"x":1}]})") ==
          "Value error, items should be unique");
    CHECK(faults<Lists>(R"({"list":["x","y","z"]})") ==
          "int_type@.list[0] int_type@.list[1] int_type@.list[2]");
}

TEST_CASE("a check of one's own runs on values that are valid otherwise", "[json][constraints]") {
    const std::string rest = R"("sum":[1],"array":[],"shape":{"type":"circle","radius":1}})";
    CHECK(decode<Checked>("{\"even\":2,\"ordered\":{\"x\":1,\"y\":2}," + rest).has_value());
    CHECK(faults<Checked>("{\"even\":3,\"ordered\":{\"x\":2,\"y\":1}," + rest) ==
          "value_error@.even value_error@.ordered");
    CHECK(message<Checked>("{\"even\":3," + rest) == "Value error, should be even");
    CHECK(faults<Checked>("{\"even\":-3," + rest) == "greater_than_equal@.even");
    CHECK(faults<Checked>("{\"ordered\":{\"x\":2}," + rest) == "missing@.ordered.y");
    CHECK(faults<Checked>(R"({"sum":[10],"array":{"a":[]},"shape":{"side":1,"marks":[],"type":"square"}})") ==
          "value_error@.sum value_error@.array value_error@.shape");
    CHECK(faults<Checked>(R"({"sum":[],"array":1,"shape":{"type":"circle","radius":1}})") ==
          "value_error@.array");
}
