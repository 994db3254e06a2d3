#pragma once

#include <chanx/http/address.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {

/// The proxies whose word is taken on who the client is (`X-Forwarded-For`). Nobody's is by default: any client can
/// send that field.
class TrustedProxies {
  public:
    /// @param network  an address, "127.0.0.1" or "::1", or a network in CIDR form, "10.0.0.0/8"
    /// @throws ConfigurationError for anything else
    void add(std::string_view network);
    bool empty() const noexcept { return networks_.empty(); }
    /// Whether an address is a proxy's; false for what is no address.
    bool contain(std::string_view address) const noexcept;

    /// Who the client is, as far as trusted proxies say: the last address that no trusted proxy has. Entries are read from
    /// the right, for each proxy appends whom it got the request from; where one is no address the one before it holds.
    /// @param peer  who made the connection
    /// @param forwarded_for  the values of all X-Forwarded-For fields, joined by commas
    /// @return the port is 0 where it comes from the field without one
    Endpoint client(const Endpoint& peer, std::string_view forwarded_for) const;

  private:
    using Bytes = std::array<unsigned char, 16>;  // IPv4 as IPv4-mapped (RFC 4291 section 2.5.5.2)
    struct Network {
        Bytes address;
        unsigned prefix;
    };

    bool contain(const Bytes& address) const noexcept;
    std::vector<Network> networks_;
};

}  // namespace chanx
