#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace chanx::detail {

/// The members of a JSON object as they are written: keys with their escapes, without quotes, and values.
/// @param text  valid JSON, an object
std::vector<std::pair<std::string_view, std::string_view>> raw_members(std::string_view text);

}  // namespace chanx::detail
