#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace chat {

/// A number of a query string as ids are written: decimal digits and nothing else, within int64.
std::optional<std::int64_t> parse_id(std::string_view text) noexcept;

}  // namespace chat
