#include <chanx/json/nullable.hpp>

#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"

#include <map>

namespace nullable_test {

struct Patch {
    chanx::Nullable<int> must;
    std::optional<chanx::Nullable<int>> may;
    std::optional<chanx::Nullable<json_test::Point>> point;
    static constexpr auto constraints =
        chanx::constraints(chanx::range(&Patch::must, 1, 5), chanx::range(&Patch::may, 1, 5));
};
BOOST_DESCRIBE_STRUCT(Patch, (), (must, may, point))

struct Initialised {
    std::optional<int> size = 50;
    std::optional<chanx::Nullable<int>> limit = chanx::Nullable<int>(7);
};
BOOST_DESCRIBE_STRUCT(Initialised, (), (size, limit))

struct Items {
    std::vector<chanx::Nullable<int>> list;
    std::map<std::string, chanx::Nullable<std::string>> map;
};
BOOST_DESCRIBE_STRUCT(Items, (), (list, map))

}  // namespace nullable_test

using namespace nullable_test;
using chanx::decode;
using chanx::encode;
using json_test::faults;

TEST_CASE("a nullable field is a value or null, and has to be there", "[json][nullable]") {
    CHECK(decode<Patch>(R"({"must":3})").value().must == 3);
    CHECK(decode<Patch>(R"({"must":null})").value().must == nullptr);
    CHECK_FALSE(decode<Patch>(R"({"must":null})").value().must.has_value());
    CHECK(faults<Patch>("{}") == "missing@.must");
    CHECK(faults<Patch>(R"({"must":"3"})") == "int_type@.must");
    CHECK(faults<Patch>(R"({"must":6})") == "less_than_equal@.must");
    CHECK(decode<chanx::Nullable<int>>("null").value() == nullptr);
}

TEST_CASE("null is told from absent", "[json][nullable]") {
    const auto absent = decode<Patch>(R"({"must":1})").value();
    CHECK_FALSE(absent.may.has_value());
    CHECK_FALSE(absent.point.has_value());
    // A second field that is a container keeps the text from the short way.
    for (const char* more : {"", R"(,"other":[])"}) {
        const auto null =
            decode<Patch>(R"({"must":1,"may":null,"point":null)" + std::string(more) + "}").value();
        REQUIRE(null.may.has_value());
        CHECK_FALSE(null.may->has_value());
        REQUIRE(null.point.has_value());
        CHECK_FALSE(null.point->has_value());
        const auto there = decode<Patch>(R"({"must":1,"may":4)" + std::string(more) + "}").value();
        REQUIRE(there.may.has_value());
        CHECK(*there.may == 4);
    }
    CHECK(faults<Patch>(R"({"must":1,"may":"4"})") == "int_type@.may");
    CHECK(faults<Patch>(R"({"must":1,"may":6})") == "less_than_equal@.may");
    CHECK(faults<Patch>(R"({"must":1,"point":{"x":1}})") == "missing@.point.y");
}

TEST_CASE("of a repeated nullable field the last value counts", "[json][nullable]") {
    CHECK(*decode<Patch>(R"({"must":1,"may":2,"may":null})").value().may == nullptr);
    CHECK(*decode<Patch>(R"({"must":1,"may":null,"may":2})").value().may == 2);
    CHECK(faults<Patch>(R"({"must":1,"point":{"x":1,"y":2},"point":{"x":1}})") == "missing@.point.y");
}

TEST_CASE("an absent nullable field is not written, a null one is", "[json][nullable]") {
    CHECK(encode(Patch{}) == R"({"must":null})");
    CHECK(encode(Patch{2, chanx::Nullable<int>(), json_test::Point{1, 2}}) ==
          R"({"must":2,"may":null,"point":{"x":1,"y":2}})");
    CHECK(encode(std::vector<std::optional<chanx::Nullable<int>>>{std::nullopt, nullptr, 1}) ==
          "[null,null,1]");
    for (const char* text : {R"({"must":null})", R"({"must":1,"may":null})", R"({"must":1,"may":2})",
                             R"({"must":1,"point":null})", R"({"must":1,"may":2,"point":{"x":1,"y":2}})"})
        CHECK(encode(decode<Patch>(text).value()) == text);
}

TEST_CASE("an optional field that is absent keeps its initialiser, null empties it", "[json][nullable]") {
    CHECK(decode<Initialised>("{}").value().size == 50);
    CHECK(**decode<Initialised>("{}").value().limit == 7);
    const auto null = decode<Initialised>(R"({"size":null,"limit":null})").value();
    CHECK_FALSE(null.size.has_value());
    CHECK_FALSE(null.limit->has_value());
}

TEST_CASE("items may be nullable", "[json][nullable]") {
    const std::string text = R"({"list":[1,null],"map":{"a":null,"b":"x"}})";
    CHECK(encode(decode<Items>(text).value()) == text);
    CHECK(faults<Items>(R"({"list":["x",null],"map":{"a":1}})") == "int_type@.list[0] string_type@.map.a");
}

TEST_CASE("a nullable is used like an optional", "[json][nullable]") {
    chanx::Nullable<int> value;
    CHECK_FALSE(value);
    value = 5;
    CHECK(value == 5);
    CHECK(value == chanx::Nullable<int>(5));
    CHECK(value != chanx::Nullable<int>());
    CHECK(value.value_or(1) == 5);
    value = std::nullopt;
    CHECK(value == std::nullopt);
    value = nullptr;
    CHECK(value == nullptr);
}
