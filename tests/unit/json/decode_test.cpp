#include <chanx/json/decode.hpp>

#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"

#include <limits>

using namespace json_test;
using chanx::decode;
using namespace std::string_literals;

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
    CHECK(faults_of<boost::json::value>("[1,1e999]") == "finite_number@.value[1]");
    CHECK(faults_of<double>("NaN") == "json_invalid@");
    // Boost.JSON's versions differ in whether that is a number at all.
    const std::string huge = faults_of<double>("1e99999999999");
    CHECK((huge == "json_invalid@" || huge == "finite_number@.value"));
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
