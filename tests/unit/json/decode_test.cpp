#include <chanx/json/decode.hpp>

#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"


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

TEST_CASE("scalars are read into their types", "[json][decode]") {
    CHECK(value_of<bool>("true"));
    CHECK_FALSE(value_of<bool>("false"));
    CHECK(value_of<int>("-12") == -12);
    CHECK(value_of<int>("0") == 0);
    CHECK(value_of<int>("-0") == 0);
    CHECK(value_of<double>("1.5") == 1.5);
    CHECK(value_of<double>("7") == 7.0);
    CHECK(value_of<double>("18446744073709551615") == 18446744073709551615.0);
    CHECK(value_of<double>("1e2") == 100.0);
    CHECK(value_of<double>("0.1") == 0.1);
    CHECK(value_of<double>("-2.2250738585072014e-308") == -2.2250738585072014e-308);
    CHECK(value_of<double>("1e-999") == 0.0);
    CHECK(value_of<float>("0.1") == 0.1f);
    CHECK(value_of<std::string>(R"("text")") == "text");
    CHECK(value_of<Colour>(R"("green")") == Colour::green);
    CHECK(value_of<Colour>(R"("blue")") == Colour::blue);
    value_of<std::monostate>("null");
}

TEST_CASE("integers are read up to the edges of their types", "[json][decode]") {
    CHECK(value_of<std::int8_t>("127") == 127);
    CHECK(value_of<std::int8_t>("-128") == -128);
    CHECK(value_of<std::uint8_t>("255") == 255);
    CHECK(value_of<std::int16_t>("-32768") == -32768);
    CHECK(value_of<std::uint16_t>("65535") == 65535);
    CHECK(value_of<std::uint32_t>("4294967295") == 4294967295u);
    CHECK(value_of<std::int64_t>("9223372036854775807") == INT64_MAX);
    CHECK(value_of<std::int64_t>("-9223372036854775808") == INT64_MIN);
    CHECK(value_of<std::int64_t>("999999999999999999") == 999999999999999999);
    CHECK(value_of<std::int64_t>("1000000000000000000") == 1000000000000000000);
    CHECK(value_of<std::uint64_t>("18446744073709551615") == UINT64_MAX);
    CHECK(value_of<std::uint64_t>("9223372036854775808") == 9223372036854775808u);
}

TEST_CASE("integers beyond their types are out of range, not wrapped", "[json][decode]") {
    CHECK(faults_of<std::int8_t>("128") == "less_than_equal@.value");
    CHECK(faults_of<std::int8_t>("-129") == "greater_than_equal@.value");
    CHECK(faults_of<std::uint8_t>("256") == "less_than_equal@.value");
    CHECK(faults_of<std::uint8_t>("-1") == "greater_than_equal@.value");
    CHECK(faults_of<std::int64_t>("9223372036854775808") == "less_than_equal@.value");
    CHECK(faults_of<std::int64_t>("-9223372036854775809") == "greater_than_equal@.value");
    CHECK(faults_of<std::uint64_t>("18446744073709551616") == "less_than_equal@.value");
    CHECK(faults_of<std::uint64_t>("-1") == "greater_than_equal@.value");
    CHECK(faults_of<int>("123456789012345678901234567890") == "less_than_equal@.value");
    CHECK(faults_of<int>("-123456789012345678901234567890") == "greater_than_equal@.value");
    auto errors = decode<One<std::int8_t>>(R"({"value":128})").error();
    CHECK(errors[0].msg == "Input should be less than or equal to 127");
    errors = decode<One<std::uint64_t>>(R"({"value":-1})").error();
    CHECK(errors[0].msg == "Input should be greater than or equal to 0");
}

TEST_CASE("scalars are strict", "[json][decode]") {
    CHECK(faults_of<bool>("1") == "bool_type@.value");
    CHECK(faults_of<bool>(R"("true")") == "bool_type@.value");
    CHECK(faults_of<int>("1.0") == "int_type@.value");
    CHECK(faults_of<int>("1e2") == "int_type@.value");
    CHECK(faults_of<int>(R"("1")") == "int_type@.value");
    CHECK(faults_of<int>("true") == "int_type@.value");
    CHECK(faults_of<int>("null") == "int_type@.value");
    CHECK(faults_of<double>(R"("1.5")") == "float_type@.value");
    CHECK(faults_of<double>("false") == "float_type@.value");
    CHECK(faults_of<std::string>("1") == "string_type@.value");
    CHECK(faults_of<std::string>("null") == "string_type@.value");
    CHECK(faults_of<std::string>("[]") == "string_type@.value");
    CHECK(faults_of<std::string>("{}") == "string_type@.value");
    CHECK(faults_of<Colour>(R"("pink")") == "enum@.value");
    CHECK(faults_of<Colour>("1") == "enum@.value");
    CHECK(faults_of<std::monostate>("0") == "none_required@.value");
    CHECK(decode<One<int>>(R"({"value":"x"})").error()[0].msg == "Input should be a valid integer");
    CHECK(decode<One<std::string>>(R"({"value":1})").error()[0].msg == "Input should be a valid string");
    CHECK(decode<One<bool>>(R"({"value":1})").error()[0].msg == "Input should be a valid boolean");
    CHECK(decode<One<double>>(R"({"value":""})").error()[0].msg == "Input should be a valid number");
    CHECK(decode<One<Colour>>(R"({"value":"x"})").error()[0].msg ==
          "Input should be 'red', 'green' or 'blue'");
}

TEST_CASE("numbers that are not finite are refused", "[json][decode]") {
    CHECK(faults_of<double>("1e999") == "finite_number@.value");
    CHECK(faults_of<double>("-1e999") == "finite_number@.value");
    CHECK(faults_of<float>("1e39") == "finite_number@.value");
    CHECK(faults_of<boost::json::value>("1e999") == "finite_number@.value");
    CHECK(faults_of<boost::json::value>("[1,1e999]") == "finite_number@.value");
    CHECK(faults_of<double>("NaN") == "json_invalid@");
    CHECK(faults_of<double>("1e99999999999") == "json_invalid@");
}

TEST_CASE("strings come with their escapes resolved", "[json][decode]") {
    CHECK(value_of<std::string>(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
    CHECK(value_of<std::string>(R"("\u00e9\u20ac")") == "\u00e9\u20ac");
    CHECK(value_of<std::string>(R"("\ud83d\ude00")") == "\U0001F600");
    CHECK(value_of<std::string>("\"\U0001F600\"") == "\U0001F600");
    CHECK(value_of<std::string>(R"("a\u0000b")") == "a\0b"s);
    CHECK(value_of<std::string>(R"("")").empty());
    CHECK(value_of<std::string>("\"\x7f\"") == "\x7f");
    const std::string mixed = "before \\n after " + std::string(10000, 'x') + "\\t" + std::string(10000, 'y');
    const auto text = value_of<std::string>("\"" + mixed + "\"");
    CHECK(text == "before \n after " + std::string(10000, 'x') + "\t" + std::string(10000, 'y'));
    CHECK(decode<One<int>>(R"({"va\u006cue":3})").value().value == 3);
}

TEST_CASE("strings that are no text are refused", "[json][decode]") {
    for (const char* bad :
         {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\n")", R"("\x41")", R"("\u12g4")"})
        CHECK(faults_of<std::string>(bad) == "json_invalid@");
    for (const char* bad :
         {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"\x80\"",
          "\"\xe0\x80\xaf\"", "\"abcdefgh\xc3\"", "\"\n\"", "\"\x01\""})
        CHECK(faults_of<std::string>(bad) == "json_invalid@");
    CHECK(faults_of<std::string>("\"a\0b\""s) == "json_invalid@");
    // Fields that nobody asked for are checked as well.
    CHECK(faults<Point>("{\"x\":1,\"y\":2,\"z\":\"\xff\"}") == "json_invalid@");
    CHECK(faults<Point>("{\"x\":1,\"y\":2,\"\xff\":1}") == "json_invalid@");
}

TEST_CASE("what is not JSON is one error without a place", "[json][decode]") {
    for (const char* bad : {"",
                            " ",
                            "{",
                            "}",
                            "{\"x\":1,}",
                            "{\"x\" 1}",
                            "{x:1}",
                            "{\"x\":01,\"y\":1}",
                            "nul",
                            "{\"x\":1,\"y\":2}x",
                            "{\"x\":1,\"y\":2} {}",
                            "{\"x\":+1}",
                            "{\"x\":.5}",
                            "{\"x\":1.}",
                            "{\"x\":-}",
                            "{'x':1}",
                            "// c\n{}",
                            "{\"x\":truE}",
                            "{\"x\":1e}",
                            "[1",
                            "\xef\xbb\xbf{}"})
        CHECK(faults<Point>(bad) == "json_invalid@");
    const auto errors = decode<Point>("{\"x\":\"wrong\",").error();
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].type == "json_invalid");
    CHECK(errors[0].msg == "Invalid JSON: unexpected end at position 13");
}

TEST_CASE("white space may stand between all tokens", "[json][decode]") {
    CHECK(decode<Point>(" \t\r\n{ \"x\" : 1 , \"y\"\n:\t2 } \n").value() == Point{1, 2});
    CHECK(value_of<std::vector<int>>(" [ 1 , 2 ] ") == std::vector{1, 2});
}

TEST_CASE("what is not optional is required", "[json][decode]") {
    CHECK(faults<Many>("{}") == "missing@.a missing@.b missing@.c");
    CHECK(faults<Many>(R"({"c":true})") == "missing@.a missing@.b");
    CHECK(decode<Many>("{}").error()[0].msg == "Field required");
    CHECK(decode<One<std::monostate>>("{}").has_value());
    CHECK(faults<One<boost::json::value>>("{}") == "missing@.value");
    CHECK(faults<One<Point>>(R"({"value":{"x":1}})") == "missing@.value.y");
}

TEST_CASE("errors come in the order of the input, missing fields last", "[json][decode]") {
    CHECK(faults<Many>(R"({"c":1,"d":"x","b":2})") == "bool_type@.c int_type@.d string_type@.b missing@.a");
}

TEST_CASE("an optional field may be absent or null", "[json][decode]") {
    using Field = One<std::optional<int>>;
    CHECK(decode<Field>("{}").value().value == std::nullopt);
    CHECK(decode<Field>(R"({"value":null})").value().value == std::nullopt);
    CHECK(decode<Field>(R"({"value":5})").value().value == 5);
    CHECK(faults<Field>(R"({"value":"5"})") == "int_type@.value");
    CHECK(value_of<std::optional<Point>>(R"({"x":1,"y":2})") == Point{1, 2});
    CHECK(faults_of<std::optional<Point>>("[]") == "model_type@.value");
    CHECK(value_of<std::vector<std::optional<int>>>("[1,null]") ==
          std::vector<std::optional<int>>{1, std::nullopt});
}

TEST_CASE("lists are read with the index of each fault", "[json][decode]") {
    CHECK(value_of<std::vector<int>>("[]").empty());
    CHECK(value_of<std::vector<int>>("[1,2,3]") == std::vector{1, 2, 3});
    CHECK(value_of<std::vector<bool>>("[true,false,true]") == std::vector{true, false, true});
    CHECK(faults_of<std::vector<bool>>("[true,0]") == "bool_type@.value[1]");
    CHECK(value_of<std::vector<Point>>(R"([{"x":1,"y":2},{"y":4,"x":3}])") ==
          std::vector{Point{1, 2}, Point{3, 4}});
    CHECK(faults_of<std::vector<int>>(R"([1,"2",3,null])") == "int_type@.value[1] int_type@.value[3]");
    CHECK(faults_of<std::vector<Point>>(R"([{"x":1,"y":2},{"x":"a"}])") ==
          "int_type@.value[1].x missing@.value[1].y");
    CHECK(faults_of<std::vector<int>>("{}") == "list_type@.value");
    CHECK(faults_of<std::vector<int>>("1") == "list_type@.value");
    CHECK(decode<std::vector<int>>("[1,2]").value() == std::vector{1, 2});
    CHECK(faults<std::vector<Point>>(R"([{"x":1}])") == "missing@[0].y");
    CHECK(faults<std::vector<int>>("{}") == "list_type@");
    CHECK(decode<int>("5").value() == 5);
    CHECK(faults<Point>("[]") == "model_type@");
    CHECK(faults<Point>("null") == "model_type@");
}

TEST_CASE("maps are read with the key of each fault", "[json][decode]") {
    CHECK(value_of<IntMap>(R"({"a":1,"b":2})") == IntMap{{"a", 1}, {"b", 2}});
    CHECK(value_of<IntMap>("{}").empty());
    CHECK(value_of<HashMap>(R"({"a":"x","":"y"})") == HashMap{{"a", "x"}, {"", "y"}});
    CHECK(faults_of<IntMap>(R"({"a":1,"b":"2"})") == "int_type@.value.b");
    CHECK(faults_of<PointMap>(R"({"a":{"x":1}})") == "missing@.value.a.y");
    CHECK(faults_of<IntMap>("[]") == "dict_type@.value");
    CHECK(value_of<IntMap>(R"({"a":1,"a":2})") == IntMap{{"a", 2}});
    CHECK(faults_of<PointMap>(R"({"a":{"x":1,"y":2},"a":{"x":3}})") == "missing@.value.a.y");
    const auto long_key = std::string(63, 'k') + "\u00e9" + std::string(500, 'k');
    CHECK(faults_of<IntMap>("{\"" + long_key + "\":null}") == "int_type@.value." + std::string(63, 'k'));
}

TEST_CASE("of a repeated key the last value is kept and every one is checked", "[json][decode]") {
    CHECK(decode<Point>(R"({"x":1,"y":2,"x":3})").value() == Point{3, 2});
    CHECK(faults<Point>(R"({"x":"1","y":2,"x":3})") == "int_type@.x");
    CHECK(value_of<std::vector<int>>(R"([1],"value":[2,3])") == std::vector{2, 3});
    CHECK(faults<One<Point>>(R"({"value":{"x":1,"y":2},"value":{"x":3}})") == "missing@.value.y");
    CHECK(decode<One<std::optional<int>>>(R"({"value":1,"value":null})").value().value == std::nullopt);
}

TEST_CASE("unknown fields are ignored or forbidden", "[json][decode]") {
    const std::string_view text = R"({"x":1,"more":{"deep":[1,{"x":"no"}]},"y":2,"other":null})";
    CHECK(decode<Point>(text).value() == Point{1, 2});
    CHECK(faults<Point>(text, {.forbid_extra = true}) == "extra_forbidden@.more extra_forbidden@.other");
    const auto errors = decode<Point>(text, {.forbid_extra = true}).error();
    CHECK(errors[0].msg == "Extra inputs are not permitted");
}

TEST_CASE("nesting is bound to 32 levels", "[json][decode]") {
    const auto nested = [](std::size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    CHECK(value_of<boost::json::value>(nested(31)).is_array());
    CHECK(faults_of<boost::json::value>(nested(32)) == "recursion_loop@");
    CHECK(decode<Point>(R"({"x":1,"y":2,"z":)" + nested(31) + "}").has_value());
    CHECK(faults<Point>(R"({"x":1,"y":2,"z":)" + nested(32) + "}") == "recursion_loop@");
    CHECK(faults<Point>(nested(100000)) == "recursion_loop@");
    std::string tree;
    for (int i = 0; i < 16; ++i) tree += R"({"id":1,"children":[)";
    for (int i = 0; i < 16; ++i) tree += "]}";
    CHECK(decode<Tree>(tree).has_value());
    CHECK(faults<Tree>(R"({"id":1,"children":[)" + tree + "]}") == "recursion_loop@");
}

TEST_CASE("a recursive struct is read with the whole way to a fault", "[json][decode]") {
    const auto tree =
        decode<Tree>(R"({"id":1,"children":[{"id":2,"children":[]},{"id":3,"children":[]}]})").value();
    REQUIRE(tree.children.size() == 2);
    CHECK(tree.children[1].id == 3);
    CHECK(faults<Tree>(R"({"id":1,"children":[{"id":2,"children":[{"children":[]}]}]})") ==
          "missing@.children[0].children[0].id");
}

TEST_CASE("after twenty errors one more says that there were more", "[json][decode]") {
    const auto list = [](std::size_t wrong) {
        std::string text = "[";
        for (std::size_t i = 0; i < wrong; ++i) text += i == 0 ? "\"x\"" : ",\"x\"";
        return decode<One<std::vector<int>>>("{\"value\":" + text + "]}").error();
    };
    CHECK(list(20).size() == 20);
    CHECK(list(20)[19].type == "int_type");
    CHECK(list(21).size() == 21);
    CHECK(list(21)[20] == chanx::ValidationError{"too_many_errors", {}, "Too many errors"});
    CHECK(list(100000).size() == 21);
}

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
    CHECK(faults_of<Shape>(R"({"type":"circle","radius":1,"type":"square"})") == "union_tag_invalid@.value");
    CHECK(faults_of<Shape>(R"("circle")") == "model_type@.value");
    CHECK(faults_of<Shape>("[]") == "model_type@.value");
    CHECK(
        faults_of<std::vector<Shape>>(R"([{"type":"circle","radius":1},{"radius":null,"type":"circle"}])") ==
        "float_type@.value[1].circle.radius");
    const auto errors = decode<One<Shape>>(R"({"value":{"type":"heart"}})").error();
    CHECK(errors[0].msg ==
          "Input tag found using 'type' does not match any of the expected tags: 'circle', 'square'");
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
