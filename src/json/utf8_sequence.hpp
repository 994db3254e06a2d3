#pragma once

namespace chanx::detail {

/// The length of the well-formed UTF-8 sequence that begins at p (RFC 3629, section 4); 0 when there is none.
inline unsigned utf8_sequence(const char* p, const char* end) noexcept {
    const auto byte = [&](int i) { return static_cast<unsigned char>(p[i]); };
    const auto tail = [&](int i) { return (byte(i) & 0xC0) == 0x80; };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;
    if (first < 0xE0) return end - p >= 2 && tail(1) ? 2 : 0;
    if (first < 0xF0) {
        if (end - p < 3 || !tail(1) || !tail(2)) return 0;
        if (first == 0xE0 && byte(1) < 0xA0) return 0;
        if (first == 0xED && byte(1) > 0x9F) return 0;
        return 3;
    }
    if (first > 0xF4 || end - p < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
}

}  // namespace chanx::detail
