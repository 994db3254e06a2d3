#pragma once

#include <chanx/http/path_params.hpp>

#include <string_view>

namespace path_params_test {

/// The parameter `id`, an Id of another file's anonymous namespace.
chanx::PathParams params_of_other_file();
/// What that Id is called.
std::string_view name_in_other_file();

}  // namespace path_params_test
