#pragma once

#include <cstdint>
#include <string_view>

namespace chanx::detail {

/// Whom connections are counted for: an IPv4 address, or an IPv6 /64, which is what one customer has at
/// least. A keyed hash, so that nobody can choose addresses that collide.
/// @return 0 for loopback, whose connections do not count
std::uint64_t network_key(std::string_view address);

/// A keyed hash of any text, for tables whose keys peers choose; never 0.
std::uint64_t keyed_hash(std::string_view text);

}  // namespace chanx::detail
