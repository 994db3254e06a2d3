#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chanx::detail {

/// Whether a Host field may hold it: `host[:port]` of a URI (RFC 9110 section 7.2), or nothing at all.
bool is_host_field(std::string_view text) noexcept;

/// A request target in absolute form, `http://host:port/path?query` (RFC 9112 section 3.2.2).
struct AbsoluteTarget {
    std::string authority;
    std::string origin_form;
};

/// @return nothing for what is no http or https URI, or names a user
std::optional<AbsoluteTarget> parse_absolute_target(std::string_view target);

}  // namespace chanx::detail
