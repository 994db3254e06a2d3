#include <chanx/json/field_rules.hpp>

#include "support/catch.hpp"
#include "unit/json/json_test_types.hpp"

#include <map>

namespace field_rules_test {

struct Post {
    std::vector<std::string> tags;
    std::optional<std::vector<std::optional<int>>> marks;
    std::map<std::string, double> prices;
    std::vector<std::vector<int>> rows;
    std::vector<json_test::Point> points;
    std::vector<bool> flags;
    std::array<std::string, 2> names;
    static constexpr auto constraints = chanx::constraints(
        // In the wrong order on purpose: trimmed always comes first.
        chanx::length(chanx::each(&Post::tags), 1, 3), chanx::pattern(chanx::each(&Post::tags), "^[a-z]*$"),
        chanx::trimmed(chanx::each(&Post::tags)), chanx::items(&Post::tags, 0, 4), chanx::unique(&Post::tags),
        chanx::range(chanx::each(&Post::marks), 1, 6), chanx::multiple_of(chanx::each(&Post::marks), 2),
        chanx::items(&Post::marks, 1), chanx::greater_than(chanx::each(&Post::prices), 0.0),
        chanx::items(chanx::each(&Post::rows), 1, 2), chanx::unique(chanx::each(&Post::rows)),
        chanx::check(chanx::each(&Post::points), "x should come before y",
                     [](const json_test::Point& point) { return point.x < point.y; }),
        chanx::check(chanx::each(&Post::flags), "should be set", [](const bool& flag) { return flag; }),
        chanx::length(chanx::each(&Post::names), 1));
};
BOOST_DESCRIBE_STRUCT(Post, (), (tags, marks, prices, rows, points, flags, names))

struct Options {
    std::string name;
    int size = 10;
    std::vector<std::string> colours{"red"};
    json_test::Point at{3, 4};
    json_test::Shape shape = json_test::Circle{1.5};
    static constexpr auto constraints =
        chanx::constraints(chanx::defaulted(&Options::size), chanx::range(&Options::size, 1, 100),
                           chanx::defaulted(&Options::colours), chanx::defaulted(&Options::at),
                           chanx::defaulted(&Options::shape));
};
BOOST_DESCRIBE_STRUCT(Options, (), (name, size, colours, at, shape))

struct Base {
    int level = 1;
};
BOOST_DESCRIBE_STRUCT(Base, (), (level))
struct Derived : Base {
    int own = 2;
    static constexpr auto constraints =
        chanx::constraints(chanx::defaulted(&Derived::level), chanx::at_least(&Derived::level, 0));
};
BOOST_DESCRIBE_STRUCT(Derived, (Base), (own))

struct Outer {
    Derived inner = [] {
        Derived made;
        made.level = 9;
        return made;
    }();
    static constexpr auto constraints = chanx::constraints(chanx::defaulted(&Outer::inner));
};
BOOST_DESCRIBE_STRUCT(Outer, (), (inner))

/// A valid Post with one field replaced.
std::string post(std::string_view field, std::string_view value) {
    std::string text;
    for (auto [name, fallback] : {std::pair<std::string_view, std::string_view>{"tags", R"(["a"])"},
                                  {"prices", R"({"a":1})"},
                                  {"rows", "[[1]]"},
                                  {"points", "[]"},
                                  {"flags", "[]"},
                                  {"names", R"(["a","b"])"}})
        if (name != field) text += "\"" + std::string(name) + "\":" + std::string(fallback) + ",";
    return "{" + text + "\"" + std::string(field) + "\":" + std::string(value) + "}";
}

}  // namespace field_rules_test

using namespace field_rules_test;
using chanx::decode;
using json_test::faults;

TEST_CASE("each item of a list is held against its constraints", "[json][constraints][each]") {
    CHECK(decode<Post>(post("tags", R"([" a ","bcd"])")).value().tags ==
          std::vector<std::string>{"a", "bcd"});
    CHECK(faults<Post>(post("tags", R"(["a","  ","abcd","B"])")) ==
          "string_too_short@.tags[1] string_too_long@.tags[2] string_pattern_mismatch@.tags[3]");
    CHECK(faults<Post>(post("tags", R"(["a",1])")) == "string_type@.tags[1]");
    CHECK(decode<Post>(post("marks", "[2,null,6]")).has_value());
    CHECK(faults<Post>(post("marks", "[2,null,0,3,8]")) ==
          "greater_than_equal@.marks[2] multiple_of@.marks[3] less_than_equal@.marks[4]");
    CHECK(faults<Post>(post("points", R"([{"x":1,"y":2},{"x":2,"y":1}])")) == "value_error@.points[1]");
    CHECK(faults<Post>(post("points", R"([{"x":2}])")) == "missing@.points[0].y");
    CHECK(faults<Post>(post("flags", "[true,false]")) == "value_error@.flags[1]");
    CHECK(faults<Post>(post("names", R"(["","b"])")) == "string_too_short@.names[0]");
    const auto errors = decode<Post>(post("tags", R"(["abcd"])")).error();
    REQUIRE(errors.size() == 1);
    CHECK(errors[0] == chanx::ValidationError{"string_too_long",
                                              {"tags", std::int64_t{0}},
                                              "String should have at most 3 characters"});
}

TEST_CASE("each value of a map and each list in a list has constraints too", "[json][constraints][each]") {
    CHECK(faults<Post>(post("prices", R"({"a":1,"b":0})")) == "greater_than@.prices.b");
    CHECK(faults<Post>(post("rows", "[[1],[],[1,2,3],[1,1]]")) ==
          "too_short@.rows[1] too_long@.rows[2] value_error@.rows[3]");
}

TEST_CASE("constraints of a list are asked when its items are right", "[json][constraints][each]") {
    CHECK(faults<Post>(post("tags", R"(["a","b","c","d","e"])")) == "too_long@.tags");
    CHECK(faults<Post>(post("tags", R"(["a"," a"])")) == "value_error@.tags");
    CHECK(faults<Post>(post("tags", R"(["a","a","","d","e"])")) == "string_too_short@.tags[2]");
    CHECK(faults<Post>(post("marks", "[]")) == "too_short@.marks");
}

TEST_CASE("a defaulted field may be absent and keeps its initialiser", "[json][constraints][defaulted]") {
    const auto options = decode<Options>(R"({"name":"n"})").value();
    CHECK(options.size == 10);
    CHECK(options.colours == std::vector<std::string>{"red"});
    CHECK(options.at == json_test::Point{3, 4});
    CHECK(std::get<json_test::Circle>(options.shape).radius == 1.5);
    CHECK(decode<Options>(R"({"name":"n","colours":[]})").value().colours.empty());
    CHECK(decode<Options>(R"({"name":"n","at":{"x":1,"y":2}})").value().at == json_test::Point{1, 2});
    CHECK(faults<Options>("{}") == "missing@.name");
}

TEST_CASE("a defaulted field that is there must be right", "[json][constraints][defaulted]") {
    CHECK(faults<Options>(R"({"name":"n","size":null})") == "int_type@.size");
    CHECK(faults<Options>(R"({"name":"n","size":101})") == "less_than_equal@.size");
    // Not half of the default and half of the input.
    CHECK(faults<Options>(R"({"name":"n","at":{"x":1}})") == "missing@.at.y");
    CHECK(decode<Derived>(R"({"own":1})").value().level == 1);
    CHECK(faults<Derived>(R"({"own":1,"level":-1})") == "greater_than_equal@.level");
}

TEST_CASE("a struct in the input replaces all of a default", "[json][constraints][defaulted]") {
    CHECK(decode<Outer>("{}").value().inner.level == 9);
    CHECK(decode<Outer>(R"({"inner":{"own":4}})").value().inner.level == 1);
    CHECK(decode<Outer>(R"({"inner":{"own":4,"level":3},"inner":{"own":5}})").value().inner.level == 1);
}

TEST_CASE("of a repeated struct with defaults nothing is left of the first",
          "[json][constraints][defaulted]") {
    const auto decoded = decode<std::map<std::string, Options>>(
        R"({"k":{"name":"a","size":5,"colours":["x"]},"k":{"name":"b"}})");
    CHECK(decoded.value().at("k").size == 10);
    CHECK(decoded.value().at("k").colours == std::vector<std::string>{"red"});
}
