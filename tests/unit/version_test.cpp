#include <chanx/version.hpp>

#include "support/catch.hpp"

TEST_CASE("the version's text is made of its numbers", "[version]") {
    CHECK(std::string(chanx::version()) == "0.1.0");
}
