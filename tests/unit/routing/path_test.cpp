#include <chanx/routing/path.hpp>

#include "support/catch.hpp"

#include <string>
#include <type_traits>

using namespace std::string_view_literals;

namespace {

std::string_view text_of(chanx::PathPattern pattern) {
    return pattern.text();
}

}  // namespace

TEST_CASE("a literal is a pattern", "[routing][path]") {
    CHECK(text_of("rooms/<int:pk>/messages/") == "rooms/<int:pk>/messages/");
    CHECK(text_of("").empty());
    CHECK(text_of("<slug:a>/<uuid:b>/<str:c>/<path:d>") == "<slug:a>/<uuid:b>/<str:c>/<path:d>");
    CHECK(text_of("stra\xc3\x9f"
                  "e/.well-known") ==
          "stra\xc3\x9f"
          "e/.well-known");
    CHECK_FALSE(std::is_default_constructible_v<chanx::PathPattern>);
}
