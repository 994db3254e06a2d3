#pragma once

#include <chanx/chrono.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace chanx {

/// The moment as a Date, Expires or Last-Modified field has it (IMF-fixdate, RFC 9110 section 5.6.7):
/// "Sun, 06 Nov 1994 08:49:37 GMT". For years 0 to 9999.
std::string http_date(std::chrono::sys_seconds moment);

/// Reads an IMF-fixdate, case-sensitively as the RFC wants it; nothing for anything else, the two obsolete
/// forms and a day of the week that isn't the date's included.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace chanx
