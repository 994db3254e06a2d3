#include "http/network.hpp"

#include <chanx/http/address.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "runtime/keyed_hash.hpp"

namespace chanx {

namespace {

/// The bytes of an address that tell one customer from another.
struct Network {
    std::array<unsigned char, 8> bytes{};
    std::size_t size = 4;
    bool loopback = false;
};

bool is_mapped_v4(const in6_addr& address) noexcept {
    static constexpr unsigned char prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(address.s6_addr, prefix, sizeof prefix) == 0;
}

Network network_of_v4(const void* bytes) noexcept {
    Network network;
    std::memcpy(network.bytes.data(), bytes, 4);
    network.loopback = network.bytes[0] == 127;
    return network;
}

std::optional<Network> parse_network(std::string_view address) noexcept {
    // A link-local address has the name of its interface behind it.
    const std::string_view plain = address.substr(0, address.find('%'));
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (plain.size() >= text.size()) return std::nullopt;
    std::ranges::copy(plain, text.begin());
    in_addr v4{};
    if (inet_pton(AF_INET, text.data(), &v4) == 1) return network_of_v4(&v4);
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.data(), &v6) != 1) return std::nullopt;
    if (is_mapped_v4(v6)) return network_of_v4(v6.s6_addr + 12);
    Network network{.size = 8, .loopback = IN6_IS_ADDR_LOOPBACK(&v6) != 0};
    std::memcpy(network.bytes.data(), v6.s6_addr, 8);
    return network;
}

}  // namespace

std::string Endpoint::network() const {
    const auto network = parse_network(address);
    if (!network) return address;
    if (network->loopback) return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (network->size == 4) {
        inet_ntop(AF_INET, network->bytes.data(), text.data(), text.size());
        return text.data();
    }
    in6_addr first{};
    std::memcpy(first.s6_addr, network->bytes.data(), 8);
    inet_ntop(AF_INET6, &first, text.data(), text.size());
    return std::string(text.data()) + "/64";
}

namespace detail {

std::uint64_t network_key(std::string_view address) {
    const auto network = parse_network(address);
    if (!network) return keyed_hash(address);
    if (network->loopback) return 0;
    return keyed_hash({reinterpret_cast<const char*>(network->bytes.data()), network->size});
}

}  // namespace detail
}  // namespace chanx
