#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chanx::detail {

/// Where a Redis is and as whom it is spoken to: what a URL says.
struct RedisAddress {
    std::string host{};  // empty for a local socket
    std::uint16_t port = 6379;
    std::string path{};  // of a local socket
    std::string user{};
    std::string password{};
    unsigned database = 0;
    bool tls = false;

    bool is_local() const noexcept { return !path.empty(); }
    /// For logs: neither user nor password.
    std::string label() const;
};

/// Reads `redis://[user[:password]@]host[:port][/database]`, `rediss://...`,
/// `unix://[user[:password]@]/path[?db=N]`. `redis://:password@host` is a password without a user.
/// @throws ConfigurationError that says what is wrong and repeats nothing of the URL but its scheme
RedisAddress parse_redis_url(std::string_view url);

}  // namespace chanx::detail
