#include "http/text.hpp"

#include <chanx/error.hpp>
#include <chanx/http/origin.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace chanx {
namespace {

/// The address as everybody writes it (RFC 5952 for IPv6), or nothing.
std::optional<std::string> canonical_v4(const std::string& text) {
    in_addr address{};
    std::array<char, INET_ADDRSTRLEN> buffer{};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
    return inet_ntop(AF_INET, &address, buffer.data(), buffer.size());
}

std::optional<std::string> canonical_v6(const std::string& text) {
    in6_addr address{};
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
    return inet_ntop(AF_INET6, &address, buffer.data(), buffer.size());
}

bool is_scheme(std::string_view text) noexcept {
    return !text.empty() && detail::text::is_alpha(text.front()) && std::ranges::all_of(text, [](char c) {
        return detail::text::is_alpha(c) || detail::text::is_digit(c) || c == '+' || c == '-' || c == '.';
    });
}

bool is_host_name(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 253 && text.front() != '.' && text.front() != '-' &&
           std::ranges::all_of(text, [](char c) {
               return detail::text::is_alpha(c) || detail::text::is_digit(c) || c == '.' || c == '-' ||
                      c == '_';
           });
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

std::uint16_t default_port(std::string_view scheme) noexcept {
    if (scheme == "http") return 80;
    if (scheme == "https") return 443;
    return 0;
}

std::string join(std::string_view scheme, std::string_view host, std::uint16_t port) {
    std::string text = std::string(scheme) + "://" + std::string(host);
    if (port != default_port(scheme)) text += ":" + std::to_string(port);
    return text;
}

/// `scheme://host[:port]` in one spelling, or nothing if it is no such thing.
std::optional<std::string> normalize(std::string_view origin) {
    if (origin.size() > 512 || origin.find('\0') != std::string_view::npos) return std::nullopt;
    const std::size_t mark = origin.find("://");
    if (mark == std::string_view::npos || !is_scheme(origin.substr(0, mark))) return std::nullopt;
    const std::string scheme = detail::text::to_lower(origin.substr(0, mark));
    std::string_view rest = origin.substr(mark + 3);

    std::string host;
    if (rest.starts_with('[')) {
        const std::size_t end = rest.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const auto address = canonical_v6(std::string(rest.substr(1, end - 1)));
        if (!address) return std::nullopt;
        host = "[" + *address + "]";
        rest.remove_prefix(end + 1);
    } else {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        host = detail::text::to_lower(rest.substr(0, end));
        if (!is_host_name(host)) return std::nullopt;
        rest.remove_prefix(end);
    }
    if (rest.empty()) return join(scheme, host, default_port(scheme));
    const auto port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
    if (!port) return std::nullopt;
    return join(scheme, host, *port);
}

}  // namespace

bool AllowedOrigins::add_bound(const Endpoint& bound, UriScheme scheme) {
    const auto v4 = canonical_v4(bound.address);
    const auto v6 = v4 ? std::nullopt : canonical_v6(bound.address);
    if (!v4 && !v6)
        throw ConfigurationError("chanx: \"" + bound.address +
                                 "\" is no IP address: own origins are computed "
                                 "from the address that was bound");
    if (bound.port == 0) throw ConfigurationError("chanx: own origins need the port that was bound, not 0");
    if (v4 == "0.0.0.0" || v6 == "::") return false;

    const std::string_view name = scheme == UriScheme::https ? "https" : "http";
    insert(join(name, v4 ? *v4 : "[" + *v6 + "]", bound.port));
    if ((v4 && v4->starts_with("127.")) || v6 == "::1" || (v6 && v6->starts_with("::ffff:127."))) {
        for (std::string_view host : {"localhost", "127.0.0.1", "[::1]"})
            insert(join(name, host, bound.port));
    }
    return true;
}

void AllowedOrigins::add(std::string_view origin) {
    if (origin == "*") {
        any_ = true;
        return;
    }
    auto normal = normalize(origin);
    if (!normal)
        throw ConfigurationError("chanx: \"" + std::string(origin) +
                                 "\" is no origin: write scheme://host or scheme://host:port without a path, "
                                 "e.g. https://chat.example");
    insert(std::move(*normal));
}

bool AllowedOrigins::allows(std::optional<std::string_view> origin) const {
    if (!origin) return true;
    // Sandboxed frames and local files are "null", all of them: it names nobody.
    if (*origin == "null") return false;
    if (any_) return true;
    const auto normal = normalize(*origin);
    return normal && std::ranges::find(origins_, *normal) != origins_.end();
}

void AllowedOrigins::insert(std::string origin) {
    if (std::ranges::find(origins_, origin) == origins_.end()) origins_.push_back(std::move(origin));
}

}  // namespace chanx
