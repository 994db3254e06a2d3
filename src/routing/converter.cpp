#include <chanx/routing/converter.hpp>

#include "http/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace chanx::detail {
namespace {

bool is_lower_hex(char c) noexcept {
    return text::is_digit(c) || (c >= 'a' && c <= 'f');
}

}  // namespace

bool convert_int(std::string_view text, PathParams::Value& value) {
    // from_chars would take a minus sign.
    if (text.empty() || !text::is_digit(text.front())) return false;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return false;
    value = number;
    return true;
}

bool convert_slug(std::string_view text, PathParams::Value& value) {
    const bool good = std::ranges::all_of(
        text, [](char c) { return text::is_alpha(c) || text::is_digit(c) || c == '-' || c == '_'; });
    if (text.empty() || !good) return false;
    value = std::string(text);
    return true;
}

bool convert_str(std::string_view text, PathParams::Value& value) {
    // A slash that was sent as %2F: the promise "no slash" is about what the handler gets.
    if (text.empty() || text.find('/') != std::string_view::npos) return false;
    value = std::string(text);
    return true;
}

bool convert_uuid(std::string_view text, PathParams::Value& value) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_lower_hex(text[i])) return false;
    }
    value = std::string(text);
    return true;
}

bool convert_path(std::string_view text, PathParams::Value& value) {
    // With a slash in front, joining it to a directory would lead out of that directory.
    if (text.empty() || text.front() == '/') return false;
    value = std::string(text);
    return true;
}

bool accepts(const Converter& converter, std::string_view text, PathParams::Value& value) {
    if (!converter.format) return converter.convert(text, value);
    if (text.empty() || text.find('/') != std::string_view::npos) return false;
    try {
        return converter.convert(text, value);
    } catch (...) {
        // As std::stoi does for a text that is no number.
        return false;
    }
}

}  // namespace chanx::detail
