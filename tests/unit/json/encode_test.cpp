#include <chanx/json/encode.hpp>

#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"


#include <boost/json/parse.hpp>

#include <cmath>
#include <limits>

using namespace json_test;
using chanx::encode;
using namespace std::string_literals;

TEST_CASE("values are written as compact JSON", "[json][encode]") {
    CHECK(encode(true) == "true");
    CHECK(encode(-5) == "-5");
    CHECK(encode(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(encode(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(encode(std::uint8_t{200}) == "200");
    CHECK(encode(std::int8_t{-128}) == "-128");
    CHECK(encode(0.1) == "0.1");
    CHECK(encode(0.1f) == "0.1");
    CHECK(encode(5.0) == "5.0");
    CHECK(encode(1e300) == "1e+300");
    CHECK(encode(std::string("text")) == "\"text\"");
    CHECK(encode(Colour::green) == "\"green\"");
    CHECK(encode(static_cast<Colour>(3)) == "3");
    CHECK(encode(std::monostate{}) == "null");
    CHECK(encode(Point{1, 2}) == R"({"x":1,"y":2})");
    CHECK(encode(std::vector<int>{}) == "[]");
    CHECK(encode(std::vector<Point>{{1, 2}, {3, 4}}) == R"([{"x":1,"y":2},{"x":3,"y":4}])");
    CHECK(encode(std::vector<bool>{true, false}) == "[true,false]");
    CHECK(encode(IntMap{}) == "{}");
    CHECK(encode(IntMap{{"a\"", 1}, {"b", 2}}) == R"({"a\"":1,"b":2})");
    CHECK(encode(std::optional<int>{}) == "null");
    CHECK(encode(std::optional<int>{5}) == "5");
    CHECK(encode(One<std::optional<int>>{}) == R"({"value":null})");
    CHECK(encode(Derived{{"n"}, 1}) == R"({"base_name":"n","own_value":1})");
}

TEST_CASE("numbers that JSON lacks are written as null", "[json][encode]") {
    CHECK(encode(std::nan("")) == "null");
    CHECK(encode(std::numeric_limits<double>::infinity()) == "null");
    CHECK(encode(-std::numeric_limits<float>::infinity()) == "null");
}

TEST_CASE("strings are escaped where JSON demands it", "[json][encode]") {
    CHECK(encode("\"\\/\b\f\n\r\t\x01\x1f\x7f"s) == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    CHECK(encode("a\0b"s) == R"("a\u0000b")");
    CHECK(encode("\u00e9\u20ac\U0001F600 and more"s) == "\"\u00e9\u20ac\U0001F600 and more\"");
    CHECK(encode("0123456789\n0123456789\""s) == R"("0123456789\n0123456789\"")");
    for (std::size_t size = 0; size < 40; ++size)
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'a');
            text[at] = '"';
            CHECK(encode(text) ==
                  "\"" + std::string(at, 'a') + "\\\"" + std::string(size - at - 1, 'a') + "\"");
        }
}

TEST_CASE("bytes that are not UTF-8 are written as the replacement character", "[json][encode]") {
    CHECK(encode("a\xff"
                 "b"s) == "\"a\uFFFDb\"");
    CHECK(encode("\xed\xa0\x80"s) == "\"\uFFFD\uFFFD\uFFFD\"");
    CHECK(encode("\xe2\x82"s) == "\"\uFFFD\uFFFD\"");
}

TEST_CASE("times are written in UTC with milliseconds", "[json][encode][time]") {
    const auto text = [](std::int64_t value) {
        return chanx::to_iso8601(chanx::sys_time(std::chrono::milliseconds(value)));
    };
    CHECK(text(0) == "1970-01-01T00:00:00.000Z");
    CHECK(text(1709209845678) == "2024-02-29T12:30:45.678Z");
    CHECK(text(-1) == "1969-12-31T23:59:59.999Z");
    CHECK(text(std::numeric_limits<std::int64_t>::max()) == "9999-12-31T23:59:59.999Z");
    CHECK(text(std::numeric_limits<std::int64_t>::min()) == "0000-01-01T00:00:00.000Z");
    CHECK(encode(chanx::sys_time{}) == "\"1970-01-01T00:00:00.000Z\"");
}

TEST_CASE("variants are written as what they hold", "[json][encode][variant]") {
    CHECK(encode(Shape(Square{3, {1}})) == R"({"type":"square","side":3,"marks":[1]})");
    CHECK(encode(Loose(2.5)) == "2.5");
    CHECK(encode(Loose(std::string("x"))) == "\"x\"");
    CHECK(encode(Loose(Point{1, 2})) == R"({"x":1,"y":2})");
}

TEST_CASE("any JSON value is written as it is", "[json][encode]") {
    for (const char* text : {"null", "true", "-5", "18446744073709551615", "2.5", "\"a\\nb\"", "[]", "{}",
                             R"({"a":[1,{"b":null},"x"],"c_d":{"d":[[]]}})"})
        CHECK(encode(boost::json::parse(text)) == text);
}

TEST_CASE("declared names are written in camel case when asked", "[json][encode][camelize]") {
    const Camel camel{1, Point{1, 2}, {{"a_b", 3}}, boost::json::parse(R"({"c_d":4})")};
    CHECK(encode(camel, {.camelize = true}) ==
          R"({"someValue":1,"innerPoint":{"x":1,"y":2},"byName":{"a_b":3},"freeForm":{"c_d":4}})");
    CHECK(encode(camel) ==
          R"({"some_value":1,"inner_point":{"x":1,"y":2},"by_name":{"a_b":3},"free_form":{"c_d":4}})");
}

TEST_CASE("what was written is read back as it was", "[json][encode]") {
    Tree tree{1, {{2, {}}, {3, {{4, {}}}}}};
    CHECK(encode(chanx::decode<Tree>(encode(tree)).value()) == encode(tree));
    for (const double value : {0.1, -1e-300, 12345678.9, 5e-324, 1.7976931348623157e308})
        CHECK(chanx::decode<double>(encode(value)).value() == value);
    const std::string text = "\x01\u00e9\U0001F600\"\\\n"s + '\0';
    CHECK(chanx::decode<std::string>(encode(text)).value() == text);
}

TEST_CASE("large values are written whole", "[json][encode]") {
    const std::string large(1 << 20, 'x');
    CHECK(encode(One<std::string>{large}) == "{\"value\":\"" + large + "\"}");
    CHECK(encode(std::vector<int>(1000, 7)).size() == 2001);
}
