#pragma once

#include <cstdint>
#include <string>

namespace chanx {

/// One end of a connection.
struct Endpoint {
    /// In numbers, without brackets or zone: "127.0.0.1", "::1". Empty where there is no network (tests).
    std::string address;
    std::uint16_t port = 0;

    /// Whom to count requests for: an IPv4 address, or an IPv6 address's "2001:db8:1:2::/64", which is the least that one
    /// customer has. Empty for loopback: what comes from there is a proxy or the machine's own.
    std::string network() const;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace chanx
