#include "unit/http/path_params_other_file.hpp"

#include "support/catch.hpp"

#include <chanx/http/path_params.hpp>

namespace {

struct Id {
    std::uint32_t value = 0;
};

}  // namespace

chanx::PathParams path_params_test::params_of_other_file() {
    chanx::PathParams params;
    params.add("id", chanx::PathParams::make_value(Id{7}));
    return params;
}

std::string_view path_params_test::name_in_other_file() {
    return chanx::type_name<Id>();
}

TEST_CASE("a parameter is read in the file that made it", "[http][params]") {
    CHECK(path_params_test::params_of_other_file().get<Id>("id").value == 7);
}
