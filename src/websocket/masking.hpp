#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace chanx::detail {

/// A frame's masking key as it stands in memory, so that a word of it can be XORed onto a word of payload
/// (RFC 6455 section 5.3).
using MaskKey = std::uint32_t;

/// The key for the bytes that follow `count` masked ones.
[[nodiscard]] constexpr MaskKey advance_mask(MaskKey key, std::size_t count) noexcept {
    const int bits = static_cast<int>(count % 4) * 8;
    return std::endian::native == std::endian::little ? std::rotr(key, bits) : std::rotl(key, bits);
}

/// Masks or unmasks `count` bytes in place; they may lie at any alignment. Returns true when the result is
/// all ASCII, which the same pass over the bytes tells for next to nothing.
inline bool apply_mask(char* bytes, std::size_t count, MaskKey key) noexcept {
    const auto repeat = [](MaskKey k) { return std::uint64_t{k} << 32 | k; };
    if (count >= 8) {
        // The last word may overlap the one before it, so it is read before anything is written.
        std::uint64_t last;
        std::memcpy(&last, bytes + count - 8, 8);
        last ^= repeat(advance_mask(key, count));
        const std::uint64_t key_word = repeat(key);
        std::uint64_t seen = last;
        for (std::size_t i = 0; i < count - 8; i += 8) {
            std::uint64_t word;
            std::memcpy(&word, bytes + i, 8);
            word ^= key_word;
            seen |= word;
            std::memcpy(bytes + i, &word, 8);
        }
        std::memcpy(bytes + count - 8, &last, 8);
        return (seen & 0x8080'8080'8080'8080) == 0;
    }
    if (count >= 4) {
        std::uint32_t first;
        std::uint32_t last;
        std::memcpy(&first, bytes, 4);
        std::memcpy(&last, bytes + count - 4, 4);
        first ^= key;
        last ^= advance_mask(key, count);
        std::memcpy(bytes, &first, 4);
        std::memcpy(bytes + count - 4, &last, 4);
        return ((first | last) & 0x8080'8080) == 0;
    }
    char key_bytes[4];
    std::memcpy(key_bytes, &key, 4);
    unsigned seen = 0;
    for (std::size_t i = 0; i < count; ++i) {
        bytes[i] = static_cast<char>(bytes[i] ^ key_bytes[i]);
        seen |= static_cast<unsigned char>(bytes[i]);
    }
    return seen < 0x80;
}

}  // namespace chanx::detail
