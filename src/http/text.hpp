#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chanx::detail::text {

/// Small parts of HTTP's and URIs' grammars, over ASCII only: no locale has a say.

constexpr char ascii_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) noexcept {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}
constexpr bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept;

/// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text) noexcept;

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) noexcept;

/// No control character but tab (RFC 9110 section 5.5).
bool is_field_value(std::string_view text) noexcept;

/// Well-formed by Unicode's table 3-7: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

/// The number of bytes of the well-formed sequence at the front, or 0 if there is none.
std::size_t utf8_sequence_length(std::string_view text) noexcept;

/// Nothing if a `%` isn't followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

/// As percent_decode, with `+` for a space.
std::optional<std::string> form_decode(std::string_view text);

/// The text between quotation marks as JSON has it; bytes that aren't UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Calls `visit(trimmed item)` for each non-empty item of a comma-separated list (RFC 9110 section 5.6.1).
template <class Visit>
void for_each_item(std::string_view list, Visit visit) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view item = trim(list.substr(0, comma));
        if (!item.empty()) visit(item);
        if (comma == std::string_view::npos) return;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace chanx::detail::text
