#include <chanx/http/trusted_proxies.hpp>

#include <chanx/error.hpp>

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <optional>

#include "http/text.hpp"

namespace chanx {

namespace {

using Bytes = std::array<unsigned char, 16>;

struct Address {
    Bytes bytes{};
    bool is_v4 = false;
};

std::optional<Address> parse_address(std::string_view text) noexcept {
    char buffer[INET6_ADDRSTRLEN];
    if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';
    Address address;
    in_addr v4{};
    if (inet_pton(AF_INET, buffer, &v4) == 1) {
        address.bytes[10] = address.bytes[11] = 0xff;
        std::memcpy(address.bytes.data() + 12, &v4, 4);
        address.is_v4 = true;
        return address;
    }
    if (inet_pton(AF_INET6, buffer, address.bytes.data()) == 1) return address;
    return std::nullopt;
}

std::optional<unsigned> parse_number(std::string_view text, unsigned most) noexcept {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number > most) return std::nullopt;
    return number;
}

/// An entry of X-Forwarded-For: an address, with or without a port.
std::optional<Endpoint> parse_entry(std::string_view entry) {
    std::string_view address = entry;
    std::string_view port;
    if (entry.starts_with('[')) {
        const std::size_t end = entry.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        address = entry.substr(1, end - 1);
        if (end + 1 < entry.size()) {
            if (entry[end + 1] != ':') return std::nullopt;
            port = entry.substr(end + 2);
            if (port.empty()) return std::nullopt;
        }
    } else if (const std::size_t colon = entry.find(':');
               colon != std::string_view::npos && entry.find(':', colon + 1) == std::string_view::npos) {
        address = entry.substr(0, colon);
        port = entry.substr(colon + 1);
        if (port.empty()) return std::nullopt;
    }
    const auto number = port.empty() ? std::optional<unsigned>(0) : parse_number(port, 65535);
    if (!number || !parse_address(address)) return std::nullopt;
    return Endpoint{std::string(address), static_cast<std::uint16_t>(*number)};
}

}  // namespace

void TrustedProxies::add(std::string_view network) {
    const std::size_t slash = network.find('/');
    const auto address = parse_address(network.substr(0, slash));
    std::optional<unsigned> prefix;
    if (address) {
        const unsigned most = address->is_v4 ? 32 : 128;
        prefix = slash == std::string_view::npos ? most : parse_number(network.substr(slash + 1), most);
        if (prefix && address->is_v4) *prefix += 96;
    }
    if (!prefix) {
        throw ConfigurationError("chanx: a trusted proxy is an address or a network like 10.0.0.0/8, not '" +
                                 std::string(network) + "'");
    }
    networks_.push_back({address->bytes, *prefix});
}

bool TrustedProxies::contain(const Bytes& address) const noexcept {
    for (const auto& network : networks_) {
        const unsigned whole = network.prefix / 8;
        const unsigned rest = network.prefix % 8;
        if (std::memcmp(network.address.data(), address.data(), whole) != 0) continue;
        if (rest == 0 || ((network.address[whole] ^ address[whole]) >> (8 - rest)) == 0) return true;
    }
    return false;
}

bool TrustedProxies::contain(std::string_view address) const noexcept {
    const auto parsed = parse_address(address);
    return parsed && contain(parsed->bytes);
}

Endpoint TrustedProxies::client(const Endpoint& peer, std::string_view forwarded_for) const {
    Endpoint client = peer;
    while (!forwarded_for.empty() && contain(client.address)) {
        const std::size_t comma = forwarded_for.rfind(',');
        const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
        auto entry = parse_entry(detail::text::trim(forwarded_for.substr(begin)));
        if (!entry) break;
        client = std::move(*entry);
        forwarded_for = forwarded_for.substr(0, begin == 0 ? 0 : comma);
    }
    return client;
}

}  // namespace chanx
