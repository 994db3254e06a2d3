#include "http/network.hpp"

#include <arpa/inet.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace chanx::detail {

namespace {

using HashKey = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

const HashKey& hash_key() {
    static const HashKey key = [] {
        HashKey fresh{};
        randombytes_buf(fresh.data(), fresh.size());
        return fresh;
    }();
    return key;
}

bool is_mapped_v4(const in6_addr& address) noexcept {
    static constexpr unsigned char prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(address.s6_addr, prefix, sizeof prefix) == 0;
}

std::uint64_t key_of_v4(const unsigned char* bytes) {
    if (bytes[0] == 127) return 0;
    return keyed_hash({reinterpret_cast<const char*>(bytes), 4});
}

}  // namespace

std::uint64_t keyed_hash(std::string_view text) {
    std::uint64_t hash = 0;
    static_assert(sizeof hash == crypto_shorthash_BYTES);
    crypto_shorthash(reinterpret_cast<unsigned char*>(&hash),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash_key().data());
    return std::max<std::uint64_t>(hash, 1);
}

std::uint64_t network_key(std::string_view address) {
    // A link-local address has the name of its interface behind it.
    const std::string_view plain = address.substr(0, address.find('%'));
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (plain.size() >= text.size()) return keyed_hash(address);
    std::ranges::copy(plain, text.begin());
    in_addr v4{};
    if (inet_pton(AF_INET, text.data(), &v4) == 1)
        return key_of_v4(reinterpret_cast<const unsigned char*>(&v4));
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.data(), &v6) != 1) return keyed_hash(address);
    if (is_mapped_v4(v6)) return key_of_v4(v6.s6_addr + 12);
    if (IN6_IS_ADDR_LOOPBACK(&v6)) return 0;
    return keyed_hash({reinterpret_cast<const char*>(v6.s6_addr), 8});
}

}  // namespace chanx::detail
