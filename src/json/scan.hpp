#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace chanx::detail {

/// The first byte that is not plain inside a JSON string: a quote, a backslash, a control character, or one
/// that is not ASCII.
inline const char* skip_plain(const char* p, const char* end) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101u;
    constexpr std::uint64_t tops = 0x8080808080808080u;
    if constexpr (std::endian::native == std::endian::little) {
        while (end - p >= 8) {
            std::uint64_t word;
            std::memcpy(&word, p, 8);
            const std::uint64_t quote = word ^ (ones * '"');
            const std::uint64_t slash = word ^ (ones * '\\');
            // A borrow can only flag a byte above the first true hit, and the lowest flag is what counts.
            const std::uint64_t hit = (((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
                                       ((word - ones * 0x20) & ~word) | word) &
                                      tops;
            if (hit != 0) return p + std::countr_zero(hit) / 8;
            p += 8;
        }
    }
    while (p != end) {
        const auto c = static_cast<unsigned char>(*p);
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
        ++p;
    }
    return p;
}

}  // namespace chanx::detail
