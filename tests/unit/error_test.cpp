#include <chanx/error.hpp>

#include "support/catch.hpp"

TEST_CASE("an ApiException keeps its status and words", "[error]") {
    const chanx::ApiException error(409, "That name is taken");
    CHECK(error.status() == 409);
    CHECK(error.detail() == "That name is taken");
}

TEST_CASE("an ApiException whose status would not refuse counts as 500", "[error]") {
    for (const int status : {-1, 0, 101, 200, 399, 600}) CHECK(chanx::ApiException(status, "x").status() == 500);
    CHECK(chanx::ApiException(400, "x").status() == 400);
    CHECK(chanx::ApiException(599, "x").status() == 599);
}
