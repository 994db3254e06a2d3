#include "routing/route_regex.hpp"

#include "support/catch.hpp"

#include <chanx/error.hpp>

namespace {

using support::containing;
using chanx::detail::RouteRegex;

}  // namespace

TEST_CASE("groups are known by name and in order", "[routing][route_regex]") {
    const RouteRegex regex("(?P<b>x+)(?:-)(?P<a>[(]y*)?");
    CHECK(regex.names() == std::vector<std::string_view>{"b", "a"});
    const auto both = regex.match("xx-(y");
    REQUIRE(both);
    CHECK(*both == std::vector<std::optional<std::string>>{"xx", "(y"});
    CHECK(*regex.match("x-(") == std::vector<std::optional<std::string>>{"x", "("});
    CHECK(*regex.match("x-") == std::vector<std::optional<std::string>>{"x", std::nullopt});
    CHECK_FALSE(regex.match("x-z"));
    CHECK_FALSE(regex.match("zx-"));
    CHECK(RouteRegex("(?P<n>a)|(?P<n>b)").names() == std::vector<std::string_view>{"n", "n"});
    CHECK(RouteRegex("").match("")->empty());
    CHECK_FALSE(RouteRegex("").match("a"));
}

TEST_CASE("a bad expression is refused with the place in it", "[routing][route_regex]") {
    const auto check = [](std::string_view expression, const char* position) {
        INFO(expression);
        CHECK_THROWS_WITH(RouteRegex(expression),
                          containing("chanx: the re_path \"" + std::string(expression) + "\"") &&
                              containing("is no regular expression of RE2") &&
                              containing("at position " + std::string(position) + ":"));
        CHECK_THROWS_AS(RouteRegex(expression), chanx::ConfigurationError);
    };
    check("rooms/(?P<a>[0-9]", "6");
    check("[(](?:a(?:b)\\(", "3");
    check("a)b", "1");
    check("a*(?:*b)", "5");
    check("\\d+\\y", "3");
    check("ab[c-a]", "3");
    check("abc[xy", "3");
    check("a**", "1");
    check("(?P<1$>a)", "0");
    check("a(?=b)", "1");
    check("(?:a{1,1001})", "4");
}

TEST_CASE("a group without a name is refused", "[routing][route_regex]") {
    CHECK_THROWS_WITH(
        RouteRegex("(?P<a>x)(y)"),
        "chanx: the re_path \"(?P<a>x)(y)\" has a group without a name: write (?P<name>...), or "
        "(?:...) for one that takes nothing");
}

TEST_CASE("an expression that would take too much memory is refused", "[routing][route_regex]") {
    CHECK_THROWS_WITH(RouteRegex("(?:(?:(?:a{100}){100}){10})"), containing("is no regular expression of RE2"));
}

TEST_CASE("what would backtrack elsewhere is matched in time linear in the text", "[routing][route_regex]") {
    const RouteRegex regex("(?P<x>(?:a+)+)b");
    CHECK_FALSE(regex.match(std::string(16'000, 'a')));
    CHECK(regex.match(std::string(16'000, 'a') + "b"));
}
