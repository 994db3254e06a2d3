#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chanx {

/// Is the text valid UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF)?
bool is_valid_utf8(std::string_view text) noexcept;

/// How many code points a valid UTF-8 text has.
std::size_t count_code_points(std::string_view text) noexcept;

/// The text without what ECMAScript's `String.prototype.trim` takes from its ends.
std::string_view trim(std::string_view text) noexcept;

}  // namespace chanx
