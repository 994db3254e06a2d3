#include "json/utf8_sequence.hpp"

#include <chanx/json/utf8.hpp>

#include <cstdint>
#include <cstring>

namespace chanx {

bool is_valid_utf8(std::string_view text) noexcept {
    const char* p = text.data();
    const char* const end = p + text.size();
    while (p != end) {
        if (end - p >= 8) {
            std::uint64_t word;
            std::memcpy(&word, p, 8);
            if ((word & 0x8080808080808080u) == 0) {
                p += 8;
                continue;
            }
        }
        if (static_cast<unsigned char>(*p) < 0x80) {
            ++p;
            continue;
        }
        const unsigned length = detail::utf8_sequence(p, end);
        if (length == 0) return false;
        p += length;
    }
    return true;
}

std::size_t count_code_points(std::string_view text) noexcept {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

namespace {

/// The length of the ECMAScript white space or line terminator that the text begins with; 0 when there is
/// none.
std::size_t space_at(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const unsigned first = byte(0);
    if (first == 0x20 || (first >= 0x09 && first <= 0x0D)) return text.empty() ? 0 : 1;
    if (first == 0xC2) return byte(1) == 0xA0 ? 2 : 0;
    if (first < 0xE1 || first > 0xEF) return 0;
    const unsigned code = (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    const bool space = code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
                       code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000 || code == 0xFEFF;
    return space && text.size() >= 3 ? 3 : 0;
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
    const auto is_visible_ascii = [](char c) { return c > 0x20 && c < 0x7F; };
    if (!text.empty() && is_visible_ascii(text.front()) && is_visible_ascii(text.back())) return text;
    while (const std::size_t n = space_at(text)) text.remove_prefix(n);
    while (!text.empty()) {
        std::size_t start = text.size() - 1;
        while (start > 0 && text.size() - start < 3 &&
               (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80)
            --start;
        const std::size_t n = space_at(text.substr(start));
        if (n == 0 || n != text.size() - start) break;
        text.remove_suffix(n);
    }
    return text;
}

}  // namespace chanx
