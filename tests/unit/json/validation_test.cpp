#include <chanx/json/validation.hpp>

#include "support/catch.hpp"

#include <chanx/json/encode.hpp>

TEST_CASE("an error is written with its place as a list", "[json][validation]") {
    const chanx::ValidationError error{
        "int_type", {"chat", std::int64_t{3}, "x"}, "Input should be a valid integer"};
    CHECK(chanx::encode(error) ==
          R"({"type":"int_type","loc":["chat",3,"x"],"msg":"Input should be a valid integer"})");
}

TEST_CASE("errors in a log stand in one line", "[json][validation]") {
    chanx::ValidationErrors errors;
    errors.add({"missing", {"chat", "payload"}, "Field required"});
    errors.add({"int_type", {std::int64_t{3}}, "No"});
    errors.add({"json_invalid", {}, "Bad"});
    CHECK(chanx::to_string(errors) ==
          "chat.payload: Field required (missing); 3: No (int_type); Bad (json_invalid)");
}

TEST_CASE("no more than twenty errors are kept, and the word that there were more", "[json][validation]") {
    chanx::ValidationErrors errors;
    CHECK(errors.empty());
    for (int i = 0; i < 30; ++i) errors.add({"missing", {std::int64_t{i}}, "Field required"});
    REQUIRE(errors.size() == 21);
    CHECK(errors[19].loc == std::vector<chanx::LocSegment>{std::int64_t{19}});
    CHECK(errors[20].type == "too_many_errors");
    CHECK(errors.list().size() == 21);
    errors.clear();
    CHECK(errors.empty());
}
