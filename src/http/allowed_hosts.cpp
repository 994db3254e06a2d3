#include "http/allowed_hosts.hpp"

#include "http/request_target.hpp"
#include "http/text.hpp"

#include <chanx/error.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace chanx::detail {

namespace {

struct HostPort {
    std::string host;
    std::uint16_t port = 0;  // 0: none is named
};

/// In one spelling: lower case, no dot at the end, IPv6 as everybody writes it. Nothing for what is no host.
std::optional<HostPort> parse(std::string_view text) {
    if (text.empty() || text.size() > 512 || !is_host_field(text)) return std::nullopt;
    HostPort parsed;
    const std::size_t colon = text.rfind(':');
    const bool has_port = colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
    std::string_view host = text.substr(0, has_port ? colon : text.size());
    if (has_port && colon + 1 < text.size()) {
        const auto [end, error] =
            std::from_chars(text.data() + colon + 1, text.data() + text.size(), parsed.port);
        if (error != std::errc() || parsed.port == 0) return std::nullopt;
    }
    if (host.starts_with('[')) {
        in6_addr address{};
        std::array<char, INET6_ADDRSTRLEN> canonical{};
        if (inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &address) != 1)
            return std::nullopt;
        parsed.host =
            "[" + std::string(inet_ntop(AF_INET6, &address, canonical.data(), canonical.size())) + "]";
        return parsed;
    }
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.empty()) return std::nullopt;
    parsed.host = text::to_lower(host);
    return parsed;
}

}  // namespace

void AllowedHosts::add(std::string_view host) {
    const bool below = host.starts_with("*.");
    const auto parsed = parse(below ? host.substr(2) : host);
    const bool usable =
        parsed && parsed->host.find('*') == std::string::npos && !(below && parsed->host.starts_with('['));
    if (host != "*" && !usable) {
        throw ConfigurationError(
            "chanx: \"" + std::string(host) +
            "\" is no host that can be allowed: write a name, *.name or an address, with or without "
            ":port, e.g. chat.example.com or [::1]:8000");
    }
    if (host == "*") {
        any_ = true;
        hosts_.push_back({});
    } else {
        hosts_.push_back({(below ? "." : "") + parsed->host, parsed->port, below});
    }
}

bool AllowedHosts::allows(std::optional<std::string_view> field, std::uint16_t default_port) const {
    if (hosts_.empty() || any_) return true;
    if (!field) return false;
    const auto asked = parse(*field);
    if (!asked) return false;
    const std::uint16_t port = asked->port != 0 ? asked->port : default_port;
    return std::ranges::any_of(hosts_, [&](const Host& host) {
        if (host.port != 0 && host.port != port) return false;
        if (!host.below) return asked->host == host.name;
        return asked->host.size() > host.name.size() && asked->host.ends_with(host.name);
    });
}

}  // namespace chanx::detail
