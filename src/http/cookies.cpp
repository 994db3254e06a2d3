#include "http/text.hpp"

#include <chanx/http/cookies.hpp>

#include <algorithm>
#include <stdexcept>

namespace chanx {
namespace {

constexpr std::size_t max_cookies = 150;

// cookie-octet of RFC 6265 section 4.1.1.
bool is_cookie_value(std::string_view value) noexcept {
    return std::ranges::all_of(
        value, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\'; });
}

bool is_cookie_path(std::string_view path) noexcept {
    return path.starts_with('/') &&
           std::ranges::all_of(path, [](char c) { return c >= 0x20 && c < 0x7f && c != ';'; });
}

/// Calls `visit(CookiePair)` for each pair until it returns false.
template <class Visit>
void visit_pairs(std::string_view header, Visit visit) {
    while (!header.empty()) {
        const std::size_t end = header.find(';');
        const std::string_view pair = header.substr(0, end);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos) {
            const std::string_view name = detail::text::trim(pair.substr(0, equals));
            if (!name.empty() && !visit(CookiePair{name, detail::text::trim(pair.substr(equals + 1))}))
                return;
        }
        if (end == std::string_view::npos) return;
        header.remove_prefix(end + 1);
    }
}

// RFC 6265 section 5.1.4.
std::string_view default_path(std::string_view request_path) noexcept {
    const std::size_t slash = request_path.rfind('/');
    return slash == std::string_view::npos || slash == 0 ? "/" : request_path.substr(0, slash);
}

bool path_matches(std::string_view request_path, std::string_view cookie_path) noexcept {
    if (!request_path.starts_with(cookie_path)) return false;
    return request_path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
           request_path[cookie_path.size()] == '/';
}

bool is_number(std::string_view text) noexcept {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && std::ranges::all_of(text, detail::text::is_digit);
}

}  // namespace

Cookie Cookie::removal(std::string name, std::string path) {
    return {
        .name = std::move(name), .value = {}, .path = std::move(path), .max_age = std::chrono::seconds(0)};
}

std::string serialize(const Cookie& cookie) {
    if (!detail::text::is_token(cookie.name))
        throw std::invalid_argument("chanx: a cookie's name must be a token");
    if (!is_cookie_value(cookie.value))
        throw std::invalid_argument("chanx: the value of the cookie " + cookie.name +
                                    " holds a character that a cookie cannot have");
    if (!is_cookie_path(cookie.path))
        throw std::invalid_argument("chanx: the path of the cookie " + cookie.name + " is not one");
    if (cookie.same_site == SameSite::none && !cookie.secure)
        throw std::invalid_argument("chanx: the cookie " + cookie.name +
                                    " has SameSite=None, which browsers take with Secure only");
    const bool host_prefix = cookie.name.starts_with("__Host-");
    if ((host_prefix || cookie.name.starts_with("__Secure-")) && !cookie.secure)
        throw std::invalid_argument("chanx: the name of the cookie " + cookie.name + " demands Secure");
    if (host_prefix && cookie.path != "/")
        throw std::invalid_argument("chanx: the name of the cookie " + cookie.name + " demands the path /");

    std::string text = cookie.name + "=" + cookie.value + "; Path=" + cookie.path;
    if (cookie.max_age)
        text += "; Max-Age=" + std::to_string(std::max<long long>(cookie.max_age->count(), 0));
    if (cookie.http_only) text += "; HttpOnly";
    if (cookie.secure) text += "; Secure";
    switch (cookie.same_site) {
        case SameSite::lax:
            return text + "; SameSite=Lax";
        case SameSite::strict:
            return text + "; SameSite=Strict";
        case SameSite::none:
            return text + "; SameSite=None";
    }
    throw std::invalid_argument("chanx: the cookie " + cookie.name + " has no valid SameSite");
}

std::vector<CookiePair> parse_cookies(std::string_view header) {
    std::vector<CookiePair> pairs;
    visit_pairs(header, [&](CookiePair pair) {
        pairs.push_back(pair);
        return pairs.size() < max_cookies;
    });
    return pairs;
}

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) noexcept {
    std::optional<std::string_view> found;
    visit_pairs(header, [&](CookiePair pair) {
        if (pair.name == name) found = pair.value;
        return !found;
    });
    return found;
}

bool CookieJar::store(std::string_view set_cookie, std::string_view request_path) {
    const std::size_t end = std::min(set_cookie.find(';'), set_cookie.size());
    const std::string_view pair = set_cookie.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return false;
    Stored cookie{std::string(detail::text::trim(pair.substr(0, equals))),
                  std::string(detail::text::trim(pair.substr(equals + 1))),
                  std::string(default_path(request_path))};
    if (!detail::text::is_token(cookie.name)) return false;
    if (std::ranges::any_of(cookie.value, [](char c) { return detail::text::is_control(c) || c == ';'; }))
        return false;

    bool removed = false;
    visit_pairs(set_cookie.substr(end), [&](CookiePair attribute) {
        if (detail::text::equals_ignoring_case(attribute.name, "path") && attribute.value.starts_with('/'))
            cookie.path = attribute.value;
        if (detail::text::equals_ignoring_case(attribute.name, "max-age") && is_number(attribute.value)) {
            removed = attribute.value.starts_with('-') ||
                      std::ranges::all_of(attribute.value, [](char c) { return c == '0'; });
        }
        return true;
    });

    const auto same = std::ranges::find_if(cookies_, [&](const Stored& other) {
        return other.name == cookie.name && other.path == cookie.path;
    });
    if (removed) {
        if (same != cookies_.end()) cookies_.erase(same);
    } else if (same != cookies_.end()) {
        same->value = std::move(cookie.value);
    } else {
        if (cookies_.size() == max_cookies) cookies_.erase(cookies_.begin());
        cookies_.push_back(std::move(cookie));
    }
    return true;
}

std::string CookieJar::header(std::string_view path) const {
    path = path.substr(0, path.find('?'));
    std::vector<const Stored*> chosen;
    for (const Stored& cookie : cookies_) {
        if (!path_matches(path, cookie.path)) continue;
        const auto shorter = std::ranges::find_if(
            chosen, [&](const Stored* other) { return other->path.size() < cookie.path.size(); });
        chosen.insert(shorter, &cookie);
    }
    std::string text;
    for (const Stored* cookie : chosen) {
        if (!text.empty()) text += "; ";
        text += cookie->name + "=" + cookie->value;
    }
    return text;
}

std::optional<std::string> CookieJar::value(std::string_view name) const {
    for (const Stored& cookie : cookies_) {
        if (cookie.name == name) return cookie.value;
    }
    return std::nullopt;
}

}  // namespace chanx
