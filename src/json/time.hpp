#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace chanx::detail {

/// Milliseconds since 1970 of an ISO 8601 date and time with `Z` or an offset; nothing when it is not one.
std::optional<std::int64_t> parse_iso8601(std::string_view text) noexcept;

inline constexpr std::size_t iso8601_size = 24;

/// Writes "2024-05-01T12:30:00.000Z", 24 characters. Times outside the years 0000 to 9999 become the nearest
/// inside.
void write_iso8601(char* out, std::int64_t milliseconds) noexcept;

}  // namespace chanx::detail
