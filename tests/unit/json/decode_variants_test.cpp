#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"

#include <chanx/json/decode.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace json_test;
using chanx::decode;
using namespace std::string_literals;

namespace {

/// Equal but for the last digits of doubles, where Boost.JSON 1.81 is not exact.
bool alike(const boost::json::value& left, const boost::json::value& right) {
    if (left.kind() != right.kind()) return false;
    if (left.is_double())
        return std::abs(left.get_double() - right.get_double()) <= 1e-13 * std::abs(left.get_double());
    if (left.is_array())
        return std::equal(left.get_array().begin(), left.get_array().end(), right.get_array().begin(),
                          right.get_array().end(), alike);
    if (!left.is_object()) return left == right;
    const auto& other = right.get_object();
    return left.get_object().size() == other.size() &&
           std::all_of(left.get_object().begin(), left.get_object().end(), [&](const auto& pair) {
               const auto* value = other.if_contains(pair.key());
               return value != nullptr && alike(pair.value(), *value);
           });
}

}  // namespace

TEST_CASE("times are read from ISO 8601 with a zone", "[json][decode][time]") {
    const auto milliseconds = [](std::string_view text) {
        return value_of<chanx::sys_time>("\"" + std::string(text) + "\"").time_since_epoch().count();
    };
    CHECK(milliseconds("1970-01-01T00:00:00Z") == 0);
    CHECK(milliseconds("1970-01-01T00:00Z") == 0);
    CHECK(milliseconds("2024-02-29T12:30:45.678Z") == 1709209845678);
    CHECK(milliseconds("2024-02-29t12:30:45.6z") == 1709209845600);
    CHECK(milliseconds("2024-02-29 14:30:45.678999+02:00") == 1709209845678);
    CHECK(milliseconds("2024-02-29T07:00:45.678-0530") == 1709209845678);
    CHECK(milliseconds("1969-12-31T23:59:59.999Z") == -1);
    for (const char* bad :
         {"", "2024", "2024-02-29", "2024-02-29T12:30:45", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z",
          "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00.Z",
          "2024-01-01T00:00:00.1234567890Z", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+1:00",
          "2024-01-01T00:00:00Zx", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "+024-01-01T00:00:00Z",
          "yesterday"})
        CHECK(faults_of<chanx::sys_time>("\"" + std::string(bad) + "\"") == "datetime_parsing@.value");
    CHECK(faults_of<chanx::sys_time>("0") == "datetime_type@.value");
    CHECK(faults_of<chanx::sys_time>("{}") == "datetime_type@.value");
}

TEST_CASE("any JSON goes into a boost::json::value", "[json][decode]") {
    for (const char* text : {"null", "true", "-5", "18446744073709551615", "2.5", "\"a\\nb\"", "[]", "{}",
                             R"({"a":[1,{"b":null},"x"],"c":{"d":[[]]}})", R"([[],{},[{"k":"v"}]])"}) {
        CHECK(value_of<boost::json::value>(text) == boost::json::parse(text));
        CHECK(decode<boost::json::value>(text).value() == boost::json::parse(text));
    }
}

TEST_CASE("a tagged variant is told apart by its type", "[json][decode][variant]") {
    const auto circle = value_of<Shape>(R"({"type":"circle","radius":2})");
    CHECK(std::get<Circle>(circle).radius == 2);
    const auto square = std::get<Square>(value_of<Shape>(R"({"type":"square","side":3,"marks":[1,2]})"));
    CHECK(square.side == 3);
    CHECK(square.marks == std::vector{1, 2});
    // The type may come last, after fields that only it explains.
    const auto late = std::get<Square>(
        value_of<Shape>(R"({"marks":[4,5],"junk":{"a":["b\n",true,null,1.5]},"side":3,"type":"square"})"));
    CHECK(late.side == 3);
    CHECK(late.marks == std::vector{4, 5});
}

TEST_CASE("faults in a tagged variant have the tag in their place", "[json][decode][variant]") {
    CHECK(faults_of<Shape>(R"({"type":"circle"})") == "missing@.value.circle.radius");
    CHECK(faults_of<Shape>(R"({"radius":"x","type":"circle"})") == "float_type@.value.circle.radius");
    CHECK(faults_of<Shape>(R"({"marks":[1,"x"],"type":"square"})") ==
          "int_type@.value.square.marks[1] missing@.value.square.side");
    CHECK(faults_of<Shape>(R"({"side":99999999999999999999,"marks":[],"type":"square"})") ==
          "less_than_equal@.value.square.side");
    CHECK(faults_of<Shape>(R"({"radius":1})") == "union_tag_not_found@.value");
    CHECK(faults_of<Shape>("{}") == "union_tag_not_found@.value");
    CHECK(faults_of<Shape>(R"({"type":"heart","radius":[1]})") == "union_tag_invalid@.value");
    CHECK(faults_of<Shape>(R"({"radius":[1],"type":"heart"})") == "union_tag_invalid@.value");
    CHECK(faults_of<Shape>(R"({"type":5})") == "union_tag_invalid@.value");
    CHECK(faults_of<Shape>(R"({"type":["circle"],"radius":1})") == "union_tag_invalid@.value");
    CHECK(faults_of<Shape>(R"({"radius":1,"type":{"type":"circle"}})") == "union_tag_invalid@.value");
    CHECK(faults_of<Shape>(R"("circle")") == "model_type@.value");
    CHECK(faults_of<Shape>("[]") == "model_type@.value");
    CHECK(
        faults_of<std::vector<Shape>>(R"([{"type":"circle","radius":1},{"radius":null,"type":"circle"}])") ==
        "float_type@.value[1].circle.radius");
    const auto errors = decode<One<Shape>>(R"({"value":{"type":"heart"}})").error();
    CHECK(errors[0].msg ==
          "Input tag found using 'type' does not match any of the expected tags: 'circle', 'square'");
}

TEST_CASE("of a repeated tag the last one counts", "[json][decode][variant]") {
    const auto side_of = [](std::string_view text) { return std::get<Square>(value_of<Shape>(text)).side; };
    CHECK(side_of(R"({"type":"circle","type":"square","side":3,"marks":[1]})") == 3);
    CHECK(side_of(R"({"type":"circle","radius":1,"side":3,"marks":[1],"type":"square"})") == 3);
    CHECK(side_of(R"({"side":3,"type":"circle","marks":[1],"type":"square"})") == 3);
    CHECK(side_of(R"({"type":"heart","side":3,"marks":[1],"type":"square"})") == 3);
    CHECK(side_of(R"({"type":{"a":[1]},"side":3,"marks":[1],"type":"square"})") == 3);
    CHECK(side_of(R"({"type":"square","side":3,"marks":[1],"type":"square"})") == 3);
    CHECK(faults_of<Shape>(R"({"type":"circle","radius":1,"type":"square"})") ==
          "missing@.value.square.side missing@.value.square.marks");
    CHECK(faults_of<Shape>(R"({"type":"circle","radius":1,"type":"heart"})") == "union_tag_invalid@.value");
    CHECK(faults_of<Shape>(R"({"radius":1,"type":"circle","type":["circle"]})") ==
          "union_tag_invalid@.value");
    CHECK(faults_of<Shape>(R"({"type":"circle","type":"square","side":"x","marks":[1]})") ==
          "int_type@.value.square.side");
    // The other objects of the text are read as ever.
    const auto all = decode<One<std::vector<Shape>>>(
        R"({"value":[{"radius":1,"type":"circle"},{"type":"circle","side":2,"type":"square","marks":[]},)"
        R"({"type":"circle","radius":4}]})");
    REQUIRE(all);
    REQUIRE(all->value.size() == 3);
    CHECK(std::get<Circle>(all->value[0]).radius == 1);
    CHECK(std::get<Square>(all->value[1]).side == 2);
    CHECK(std::get<Circle>(all->value[2]).radius == 4);
}

TEST_CASE("numbers that no double holds have their place inside a boost::json::value", "[json][decode]") {
    using Any = boost::json::value;
    CHECK(faults_of<Any>("1e400") == "finite_number@.value");
    CHECK(faults_of<Any>(R"({"z":[1e400,{"q":-1e400}],"ok":1.5})") ==
          "finite_number@.value.z[0] finite_number@.value.z[1].q");
    CHECK(faults_of<Any>(R"({"z":1e400,"z":1})") == "finite_number@.value");
    const auto errors = decode<One<Any>>("{\"value\":{\"" + std::string(70, 'k') + "\":1e400}}").error();
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].loc == std::vector<chanx::LocSegment>{"value", std::string(64, 'k')});
    std::string many = "{\"value\":[1e400";
    for (int i = 0; i < 100; ++i) many += ",1e400";
    CHECK(decode<One<Any>>(many + "]}").error().size() == chanx::ValidationErrors::limit + 1);
}

TEST_CASE("a variant of plain values takes the alternative of the JSON type", "[json][decode][variant]") {
    CHECK(std::holds_alternative<std::monostate>(value_of<Loose>("null")));
    CHECK(std::get<bool>(value_of<Loose>("true")));
    CHECK(std::get<int>(value_of<Loose>("5")) == 5);
    CHECK(std::get<double>(value_of<Loose>("5.0")) == 5.0);
    CHECK(std::get<double>(value_of<Loose>("5000000000")) == 5e9);
    CHECK(std::get<std::string>(value_of<Loose>(R"("x")")) == "x");
    CHECK(std::get<std::vector<int>>(value_of<Loose>("[1]")) == std::vector{1});
    CHECK(std::get<Point>(value_of<Loose>(R"({"x":1,"y":2})")) == Point{1, 2});
    CHECK(faults_of<Loose>(R"({"x":1})") == "missing@.value.y");
    CHECK(faults_of<Loose>("[null]") == "int_type@.value[0]");
    CHECK(faults_of<Narrow>("true") == "int_type@.value.int enum@.value.enum");
    CHECK(faults_of<Narrow>("3000000000") == "less_than_equal@.value.int enum@.value.enum");
    CHECK(faults_of<Narrow>("[]") == "int_type@.value.int enum@.value.enum");
    CHECK(faults_of<Narrow>(R"("pink")") == "int_type@.value.int enum@.value.enum");
    CHECK(std::get<Colour>(value_of<Narrow>(R"("red")")) == Colour::red);
}

TEST_CASE("a derived struct has its base's fields and constraints", "[json][decode]") {
    const auto derived = decode<Derived>(R"({"base_name":"ab","own_value":1})").value();
    CHECK(derived.base_name == "ab");
    CHECK(derived.own_value == 1);
    CHECK(faults<Derived>(R"({"base_name":"a"})") == "string_too_short@.base_name missing@.own_value");
}

TEST_CASE("names are in camel case when asked, map keys and free JSON are not", "[json][decode][camelize]") {
    const chanx::DecodeOptions options{.camelize = true};
    const auto camel =
        decode<Camel>(R"({"someValue":1,"byName":{"a_b":2},"freeForm":{"c_d":3}})", options).value();
    CHECK(camel.some_value == 1);
    CHECK(camel.by_name.at("a_b") == 2);
    CHECK(camel.free_form == boost::json::parse(R"({"c_d":3})"));
    CHECK(faults<Camel>(R"({"some_value":1,"innerPoint":{"x":1},"byName":{"a_b":null},"freeForm":1})",
                        options) == "missing@.innerPoint.y int_type@.byName.a_b missing@.someValue");
}

TEST_CASE("input is never echoed", "[json][decode]") {
    const std::string secret = "hunter2hunter2";
    for (const auto& text :
         {R"({"value":")" + secret + "\"}", "{\"value\":" + secret + "}", "{\"" + secret + "\":1}"}) {
        const auto errors = decode<One<int>>(text).error();
        REQUIRE_FALSE(errors.empty());
        CHECK(chanx::to_string(errors).find("hunter") == std::string::npos);
    }
}

TEST_CASE("a text of a megabyte is read", "[json][decode]") {
    const std::string large(1 << 20, 'x');
    CHECK(value_of<std::string>("\"" + large + "\"") == large);
    std::string escapes;
    for (int i = 0; i < 100000; ++i) escapes += "\\n";
    CHECK(value_of<std::string>("\"" + escapes + "\"") == std::string(100000, '\n'));
    std::string list = "[0";
    for (int i = 1; i < 200000; ++i) list += "," + std::to_string(i);
    CHECK(value_of<std::vector<int>>(list + "]").size() == 200000);
}

TEST_CASE("random garbage is an error or a value, never more", "[json][decode][fuzz]") {
    std::mt19937 random(7);
    const std::vector<std::string> seeds = {R"({"value":{"type":"square","side":3,"marks":[1,2]}})",
                                            R"({"value":[{"marks":[1],"type":"square"}]})",
                                            R"({"a":1,"b":"x\u00e9\ud83d\ude00","c":true,"d":null})",
                                            R"({"value":{"x":-1.5e3,"y":[[[{}]]]}})",
                                            "{\"value\":\"\u00e9\U0001F600\"}"};
    const std::string_view alphabet = "{}[]\":,\\u0123456789truefalsn.-+eE xyd\xc3\xa9\xff\n";
    std::size_t valid = 0;
    for (int i = 0; i < 30000; ++i) {
        std::string text = seeds[random() % seeds.size()];
        for (auto edits = random() % 4; edits > 0; --edits) {
            const auto at = random() % (text.size() + 1);
            switch (random() % 3) {
                case 0:
                    text.insert(at, 1, alphabet[random() % alphabet.size()]);
                    break;
                case 1:
                    text.erase(at, random() % 5);
                    break;
                default:
                    if (at < text.size()) text[at] = alphabet[random() % alphabet.size()];
            }
        }
        (void)decode<One<Shape>>(text);
        (void)decode<One<std::vector<Shape>>>(text);
        (void)decode<Many>(text);
        (void)decode<One<Loose>>(text);
        // Boost.JSON's own parser is the oracle for what is JSON.
        boost::system::error_code error;
        const auto expected = boost::json::parse(text, error);
        const auto any = decode<boost::json::value>(text);
        if (any) {
            ++valid;
            CHECK_FALSE(error);
            CHECK(alike(any.value(), expected));
        } else if (!error) {
            CHECK(faults(any.error()) == "finite_number@");
        }
    }
    CHECK(valid > 1000);
}
