// What the reference shows of fields and constraints, compiled and run.

#include "support/catch.hpp"

#include <chanx/json/decode.hpp>
#include <chanx/json/nullable.hpp>
#include <chanx/message/message.hpp>

namespace {

// [docs:fields]
struct Search {
    static constexpr std::string_view action = "search";
    std::string words;                         // required
    int limit = 20;                            // 20 when absent
    std::optional<std::string> author;         // empty when absent or null
    std::optional<chanx::Nullable<int>> room;  // absent, null and a number are three things
    std::vector<std::string> tags;
    static constexpr auto constraints =
        chanx::constraints(chanx::defaulted(&Search::limit), chanx::range(&Search::limit, 1, 100),
                           chanx::items(&Search::tags, 0, 5), chanx::trimmed(chanx::each(&Search::tags)),
                           chanx::length(chanx::each(&Search::tags), 1, 20),
                           chanx::check(&Search::words, "should not be a wildcard",
                                        [](const std::string& words) { return words != "*"; }));
};
BOOST_DESCRIBE_STRUCT(Search, (), (words, limit, author, room, tags))
// [/docs:fields]

}  // namespace

TEST_CASE("a search has defaults, and null is told from absent", "[docs]") {
    const auto search = chanx::decode<Search>(R"({"words":"tea","room":null,"tags":[" hot "]})");
    REQUIRE(search);
    CHECK(search->limit == 20);
    CHECK(search->tags[0] == "hot");
    CHECK((search->room && *search->room == nullptr));
    CHECK(chanx::to_string(chanx::decode<Search>(R"({"words":"*","tags":["a",""]})").error()) ==
          "words: Value error, should not be a wildcard (value_error); "
          "tags.1: String should have at least 1 character (string_too_short)");
    CHECK(chanx::encode_message(*search) ==
          R"({"action":"search","words":"tea","limit":20,"author":null,"room":null,"tags":["hot"]})");
}
