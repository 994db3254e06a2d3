#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chanx::detail {

/// Under which names the server may be addressed (RFC 9110 section 7.2). Without any, under all.
class AllowedHosts {
  public:
    /// @param host  `name`, `*.name` for all names below it, or an address, IPv6 in brackets; `:port` may
    /// follow, and without one any port will do. `*` allows any.
    /// @throws ConfigurationError for anything else
    void add(std::string_view host);
    bool empty() const noexcept { return hosts_.empty(); }
    /// @param field  the request's Host; nothing if it has none
    /// @param default_port  what it means where it names none
    bool allows(std::optional<std::string_view> field, std::uint16_t default_port) const;

  private:
    struct Host {
        std::string name;  // lower case; of a wildcard with the dot in front
        std::uint16_t port = 0;
        bool below = false;
    };

    std::vector<Host> hosts_;
    bool any_ = false;
};

}  // namespace chanx::detail
