#include "runtime/keyed_hash.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace chanx::detail {

std::uint64_t keyed_hash(std::string_view text) {
    static const auto secret = [] {
        std::array<unsigned char, crypto_shorthash_KEYBYTES> fresh{};
        randombytes_buf(fresh.data(), fresh.size());
        return fresh;
    }();
    std::uint64_t hash = 0;
    static_assert(sizeof hash == crypto_shorthash_BYTES);
    crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size(), secret.data());
    return std::max<std::uint64_t>(hash, 1);
}

}  // namespace chanx::detail
