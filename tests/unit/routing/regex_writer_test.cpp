#include "routing/regex_writer.hpp"

#include "support/catch.hpp"

#include <re2/re2.h>

#include <string>
#include <string_view>
#include <vector>

using chanx::detail::GroupText;
using chanx::detail::RegexWriter;

namespace {

/// What is written, checked against the expression; or why nothing is.
std::string written(std::string_view expression, const std::vector<GroupText>& groups = {}) {
    RegexWriter writer(expression, groups);
    std::string text;
    if (!writer.write(text)) return "! " + writer.why();
    INFO(expression << " -> " << text);
    CHECK(RE2::FullMatch(text, RE2(std::string(expression))));
    return text;
}

}  // namespace

TEST_CASE("an expression is written with its groups filled in", "[routing][reverse]") {
    CHECK(written("archive/(?P<year>[0-9]{4})/", {{"year", "2026"}}) == "archive/2026/");
    CHECK(written("(?P<a>.)-(?P<b>.)", {{"b", "y"}, {"a", "x"}}) == "x-y");
    CHECK(written(R"(a\.b\/c\(d[.]e[\]]\Qf.g\E)") == "a.b/c(d.e]f.g");
    CHECK(written("^caf\xc3\xa9$") == "caf\xc3\xa9");
    CHECK(written(R"(\Aa\b\z)") == "a");
    CHECK(written("(?i)ABC(?-i:d)(?s)") == "ABCd");
    CHECK(written("(?P<a>[^)(]{2}[]x)]+)/", {{"a", "ab)"}}) == "ab)/");
    CHECK(written("(?P<outer>x(?P<inner>[0-9]))", {{"outer", "x7"}, {"inner", "7"}}) == "x7");
    CHECK(written("") == "");
}

TEST_CASE("what is optional is written only for a group in it that is given", "[routing][reverse]") {
    constexpr std::string_view archive = "a/(?P<year>[0-9]{4})/(?:(?P<month>[0-9]{2})/)?";
    CHECK(written(archive, {{"year", "2026"}}) == "a/2026/");
    CHECK(written(archive, {{"year", "2026"}, {"month", "07"}}) == "a/2026/07/");
    CHECK(written("ab?c*d+e{3}f{2,}g{0,4}h{0}i??") == "adeeeff");
    CHECK(written("(?:ab){2}") == "abab");
    CHECK(written(R"([0-9]*\d?.*x)") == "x");
    CHECK(written("(?P<a>x)?y", {}) == "y");
    CHECK(written("(?P<a>x)?y", {{"a", "x"}}) == "xy");
    CHECK(written("a{") == "a{");
    CHECK(written("a{x}") == "a{x}");
}

TEST_CASE("of alternatives that with the most given groups is written", "[routing][reverse]") {
    constexpr std::string_view either = "(?:id/(?P<id>[0-9]+)|name/(?P<name>[a-z]+)|all)/";
    CHECK(written(either, {{"id", "5"}}) == "id/5/");
    CHECK(written(either, {{"name", "ada"}}) == "name/ada/");
    CHECK(written(either) == "all/");
    CHECK(written(either, {{"id", "5"}, {"name", "ada"}}) ==
          "! has no place for the parameter name beside the others");
    CHECK(written("a|b") == "a");
    CHECK(written("[0-9]|b") == "b");
}

TEST_CASE("why an expression can't be written is told", "[routing][reverse]") {
    CHECK(written("a/(?P<year>[0-9]{4})/") == "! needs the parameter year");
    CHECK(written("[0-9]+/x") == R"(! has "[0-9]" outside of a named group, which stands for many texts)");
    CHECK(written("a.b") == R"(! has "." outside of a named group, which stands for many texts)");
    CHECK(written(R"(\d\w)") == R"(! has "\d" outside of a named group, which stands for many texts)");
    CHECK(written(R"(\pN)") == R"(! has "\p" outside of a named group, which stands for many texts)");
    CHECK(written(R"(\p{Greek}x)") ==
          R"(! has "\p{Greek}" outside of a named group, which stands for many texts)");
    CHECK(written("[[:alpha:]]") ==
          R"(! has "[[:alpha:]]" outside of a named group, which stands for many texts)");
    CHECK(written("(?:(?:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa){100}){10}"
                  "(?:(?:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa){100}){10}") ==
          "! makes a path that is too long");
}
