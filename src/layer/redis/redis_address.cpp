#include "layer/redis/redis_address.hpp"

#include <chanx/error.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace chanx::detail {

namespace {

[[noreturn]] void refuse(std::string_view what) {
    throw ConfigurationError("chanx: the Redis URL " + std::string(what) +
                             "; write redis://user:password@host:6379/0, rediss://... or unix:///path");
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0) refuse("has a '%' that two hexadecimal digits don't follow (a '%' itself is %25)");
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    // It would end a host or a path before its end.
    if (out.find('\0') != std::string::npos) refuse("has a zero byte");
    return out;
}

bool is_blank(char c) noexcept {
    return static_cast<unsigned char>(c) <= ' ' || c == 127;
}

std::optional<unsigned> number(std::string_view text, unsigned most) noexcept {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
    return value;
}

void read_database(RedisAddress& address, std::string_view text) {
    const auto database = number(text, 1'000'000);
    if (!database) refuse("has a database that is not a number");
    address.database = *database;
}

/// Takes what stands before the last '@' off.
void read_login(RedisAddress& address, std::string_view& rest, std::size_t end) {
    // A password may hold an '@', though it should not.
    const auto at = rest.substr(0, end).rfind('@');
    if (at == std::string_view::npos) return;
    const std::string_view login = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    const auto colon = login.find(':');
    address.user = decoded(login.substr(0, colon));
    if (colon != std::string_view::npos) address.password = decoded(login.substr(colon + 1));
    if (!address.user.empty() && address.password.empty()) refuse("has a user without a password");
}

void read_host(RedisAddress& address, std::string_view host) {
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == std::string_view::npos) refuse("has a '[' without a ']'");
        address.host = host.substr(1, end - 1);
        host.remove_prefix(end + 1);
    } else {
        const auto colon = host.find(':');
        address.host = decoded(host.substr(0, colon));
        host.remove_prefix(colon == std::string_view::npos ? host.size() : colon);
    }
    if (address.host.empty()) refuse("has no host");
    if (std::ranges::any_of(address.host, is_blank)) refuse("has a blank or control character in the host");
    if (host.empty()) return;
    const auto port = host.starts_with(':') ? number(host.substr(1), 65'535) : std::nullopt;
    if (!port || *port == 0) refuse("has a port that is not a number from 1 to 65535");
    address.port = static_cast<std::uint16_t>(*port);
}

}  // namespace

std::string RedisAddress::label() const {
    if (is_local()) return "unix:" + path;
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

RedisAddress parse_redis_url(std::string_view url) {
    if (std::ranges::any_of(url, is_blank)) {
        refuse(
            "has a blank, a line's end or another control character (in user, password and path a blank is "
            "%20)");
    }
    const auto colon = url.find("://");
    const std::string_view scheme =
        colon == std::string_view::npos ? std::string_view() : url.substr(0, colon);
    RedisAddress address;
    if (scheme != "redis" && scheme != "rediss" && scheme != "unix") {
        refuse("begins with none of redis://, rediss:// and unix://");
    }
    std::string_view rest = url.substr(colon + 3);
    if (scheme == "unix") {
        const auto query = rest.find('?');
        read_login(address, rest, rest.starts_with('/') ? 0 : query);
        const auto mark = rest.find('?');
        address.path = decoded(rest.substr(0, mark));
        if (!address.path.starts_with('/') || address.path.size() > 100) {
            refuse("has a socket's path that does not begin with '/' or has more than 100 bytes");
        }
        if (mark != std::string_view::npos) {
            rest.remove_prefix(mark + 1);
            if (!rest.starts_with("db=")) refuse("has a query other than ?db=N");
            read_database(address, rest.substr(3));
        }
        return address;
    }
    address.tls = scheme == "rediss";
    if (rest.find_first_of("?#") != std::string_view::npos) {
        refuse("has a '?' or '#', which in a password are written %3F and %23");
    }
    read_login(address, rest, std::string_view::npos);
    const auto slash = rest.find('/');
    read_host(address, rest.substr(0, slash));
    if (slash != std::string_view::npos && slash + 1 < rest.size())
        read_database(address, rest.substr(slash + 1));
    return address;
}

}  // namespace chanx::detail
