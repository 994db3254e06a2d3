#pragma once

#include <cstdint>
#include <string_view>

namespace chanx::detail {

/// Whom connections are counted for: Endpoint::network(), as a keyed hash.
/// @return 0 for loopback, whose connections do not count
std::uint64_t network_key(std::string_view address);

}  // namespace chanx::detail
