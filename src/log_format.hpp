#pragma once

#include <chanx/logging.hpp>

#include <fmt/format.h>

#include <span>
#include <string_view>

namespace chanx::detail {

std::string_view name_of(LogLevel level) noexcept;

/// `level=warn event="room full" room=7`
void format_text(fmt::memory_buffer& out, LogLevel level, std::string_view event,
                 std::span<const LogField> fields);

/// `{"level":"warn","event":"room full","room":7}`: valid UTF-8 whatever the fields hold. What is no number
/// is null. A field that is named as one of the line's own gets a `_` behind it.
void format_json(fmt::memory_buffer& out, LogLevel level, std::string_view event,
                 std::span<const LogField> fields);

/// Adds a string of JSON, with its quotes; bytes that are no UTF-8 become U+FFFD.
void append_json_string(fmt::memory_buffer& out, std::string_view text);

}  // namespace chanx::detail
