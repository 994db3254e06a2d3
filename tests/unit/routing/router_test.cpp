#include <chanx/routing/router.hpp>

#include "support/catch.hpp"

#include <chanx/error.hpp>

namespace {

chanx::Router inner() {
    return {};
}

}  // namespace

TEST_CASE("a router keeps its routes in order", "[routing][router]") {
    chanx::Router router{chanx::path("a/", chanx::include(inner)),
                         chanx::path("b/", chanx::include(inner()))};
    router.add(chanx::path("c/", chanx::include(inner)));
    REQUIRE(router.routes().size() == 3);
    CHECK(router.routes()[0].pattern().text() == "a/");
    CHECK(std::get<chanx::detail::RouterFunctionTarget>(router.routes()[0].target()).make == inner);
    CHECK(std::get<chanx::detail::RouterTarget>(router.routes()[1].target()).router->routes().empty());
    CHECK(router.routes()[2].pattern().text() == "c/");
}

TEST_CASE("including a null function is refused at once", "[routing][router]") {
    chanx::Router (*none)() = nullptr;
    CHECK_THROWS_AS(chanx::include(none), chanx::ConfigurationError);
}
