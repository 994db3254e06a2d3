#pragma once

#include <string>
#include <string_view>

namespace chanx::detail {

/// Does the text contain a match of the RE2 expression? Expressions are compiled once per process, so they
/// must be of a bounded number and live for ever: those of constraints. Throws ConfigurationError for a bad
/// one.
bool matches_pattern(std::string_view expression, std::string_view text);

/// What RE2 says against the expression; empty for a good one.
std::string pattern_error(std::string_view expression);

}  // namespace chanx::detail
