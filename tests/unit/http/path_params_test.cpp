#include <chanx/http/path_params.hpp>

#include "support/catch.hpp"
#include "unit/http/path_params_other_file.hpp"

#include <chanx/error.hpp>

#include <array>
#include <string>

namespace {

/// Of the same name as another file's, and of other contents.
struct Id {
    std::string text;
    std::array<std::uint64_t, 4> more{};
};
struct Other {};

}  // namespace

TEST_CASE("a parameter is not read as another file's type of the same name", "[http][params]") {
    REQUIRE(chanx::type_name<Id>() == path_params_test::name_in_other_file());
    const auto params = path_params_test::params_of_other_file();
    const std::string name(chanx::type_name<Id>());
    CHECK_THROWS_AS(params.get<Id>("id"), chanx::ConfigurationError);
    CHECK_THROWS_WITH(
        params.get<Id>("id"),
        "chanx: the path parameter \"id\" is made by a converter: read it as " + name +
            ", the converter's own: this one is another type of the same name. Define it in one "
            "header, outside of anonymous namespaces");
    CHECK_THROWS_WITH(params.get<Other>("id"),
                      "chanx: the path parameter \"id\" is made by a converter: read it as " + name);
}
