#pragma once

#include <chanx/chrono.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {

enum class SameSite { lax, strict, none };

/// A cookie for the peer to keep (RFC 6265 section 4.1). The defaults suit a session id.
struct Cookie {
    /// A token.
    std::string name;
    /// No control character, white space, quote, comma, semicolon or backslash, and ASCII only.
    std::string value;
    std::string path = "/";
    /// How long the peer keeps it; zero removes it, nothing means until the browser is closed.
    std::optional<std::chrono::seconds> max_age = std::nullopt;
    bool http_only = true;
    bool secure = false;
    SameSite same_site = SameSite::lax;

    /// The cookie that makes the peer forget the one of this name and path.
    static Cookie removal(std::string name, std::string path = "/");
};

/// The value of a Set-Cookie header field.
/// Throws std::invalid_argument if a part holds what its grammar forbids (so nothing can be injected), if
/// SameSite=None comes without Secure, or if a `__Host-` or `__Secure-` name isn't kept to.
std::string serialize(const Cookie& cookie);

struct CookiePair {
    std::string_view name;
    std::string_view value;
};

/// The pairs of a Cookie header field's value, as views into it. What isn't a pair is left out;
/// after 150 pairs it stops.
std::vector<CookiePair> parse_cookies(std::string_view header);

/// The first cookie of this name in a Cookie header field's value.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) noexcept;

/// A client's memory of cookies of one server, for the in-memory HTTP client: knows paths, replacement and
/// removal with Max-Age of zero or less; does not forget with time, and sends Secure cookies always.
/// Holds at most 150 cookies; the oldest goes first.
class CookieJar {
  public:
    /// Takes a Set-Cookie header field's value that came in answer to a request for `request_path`.
    /// False if it isn't one.
    bool store(std::string_view set_cookie, std::string_view request_path = "/");

    /// The value of the Cookie header field for a request for `path`; empty if there is nothing to send.
    /// Longer cookie paths come first (RFC 6265 section 5.4).
    std::string header(std::string_view path) const;

    /// The value of the first cookie of this name, whatever its path.
    std::optional<std::string> value(std::string_view name) const;

    bool empty() const noexcept { return cookies_.empty(); }
    std::size_t size() const noexcept { return cookies_.size(); }
    void clear() noexcept { cookies_.clear(); }

  private:
    struct Stored {
        std::string name;
        std::string value;
        std::string path;
    };
    std::vector<Stored> cookies_;
};

}  // namespace chanx
