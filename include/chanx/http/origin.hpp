#pragma once

#include <chanx/http/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {

enum class UriScheme { http, https };

/// Which web pages may talk to this server (RFC 6454; RFC 6455 section 10.2).
///
///     chanx::AllowedOrigins origins;
///     origins.add_bound(server_endpoint, chanx::UriScheme::http);
///     origins.add("https://chat.example");
class AllowedOrigins {
  public:
    /// The origins of the pages that a server bound here serves itself: the address, and for a loopback
    /// address also localhost, 127.0.0.1 and [::1], all with the bound port.
    /// A wildcard address (0.0.0.0, ::) has none: returns false, and others must be added.
    /// Throws ConfigurationError if the address is no IP address or the port is 0.
    bool add_bound(const Endpoint& bound, UriScheme scheme);

    /// An exact origin, `scheme://host[:port]`, or `*` for any. Case of scheme and host doesn't matter, nor
    /// does a port that is the scheme's default. Throws ConfigurationError for anything else.
    void add(std::string_view origin);

    /// Whether a request with this Origin header is to be served: without one yes (no browser sent it),
    /// `null` never, otherwise if it was added.
    bool allows(std::optional<std::string_view> origin) const;

    bool allows_any() const noexcept { return any_; }
    /// What was added, normalised, for the log.
    const std::vector<std::string>& origins() const noexcept { return origins_; }

  private:
    void insert(std::string origin);

    std::vector<std::string> origins_;
    bool any_ = false;
};

}  // namespace chanx
