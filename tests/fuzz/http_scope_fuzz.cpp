// Any request line and header fields are refused or make a scope that keeps what it promises; cookies,
// origins, addresses and dates are read without harm.
//
// The first line is a target, each further one a header field. The client is a trusted proxy.

#include "http/text.hpp"
#include "support/fuzz.hpp"

#include <chanx/error.hpp>
#include <chanx/http/cookies.hpp>
#include <chanx/http/http_date.hpp>
#include <chanx/http/origin.hpp>
#include <chanx/http/scope_builder.hpp>
#include <chanx/http/trusted_proxies.hpp>
#include <chanx/json/utf8.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace text = chanx::detail::text;
using fuzz::check;

void check_target(const chanx::Scope& scope, std::string_view target) {
    const std::string_view path = scope.path();
    check(path.starts_with('/') && text::is_utf8(path), "a path is UTF-8 with a leading slash", path);
    check(std::none_of(path.begin(), path.end(), text::is_control), "a path has no control character", path);
    check(text::percent_decode(scope.raw_path()) == path, "path and raw path are the same");
    const std::string dotted = std::string(path) + '/';
    check(dotted.find("/./") == dotted.npos && dotted.find("/../") == dotted.npos,
          "a path has no dot segment", path);
    check(target.starts_with(scope.raw_path()) && target.ends_with(scope.query_string()),
          "a target has two parts");

    std::string_view query = scope.query_string();
    for (int i = 0; !query.empty() && i < 20; ++i) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const auto name = text::form_decode(pair.substr(0, pair.find('=')));
        check(name.has_value(), "a target that was taken decodes", pair);
        if (pair.empty()) continue;
        const auto first = scope.query(*name);
        const auto all = scope.query_all(*name);
        check(first.has_value() && !all.empty() && all.front() == *first, "a name in the query is found",
              pair);
        for (const auto& value : all)
            check(text::is_utf8(value) && value.find('\0') == value.npos, "a value is UTF-8 without NUL",
                  value);
    }
}

void check_headers(const chanx::Scope& scope, std::size_t added) {
    const auto headers = scope.headers();
    check(headers.size() == added, "every field that was taken is there");
    for (const auto& [name, value] : headers) {
        check(text::is_token(name) && text::is_field_value(value), "a field keeps to its grammar", name);
        check(text::trim(value) == value, "no white space surrounds a value", value);
        check(scope.header(name).has_value() && scope.header_all(name).has_value(), "a field is found", name);
    }
    for (const auto protocol : scope.subprotocols()) check(!protocol.empty(), "no subprotocol is empty");
    const auto id = scope.request_id();
    check(!id.empty() && id.size() <= 64, "a request has an id", id);
    static_cast<void>(scope.host());

    const auto cookies = scope.header("Cookie");
    if (!cookies) return;
    const auto pairs = chanx::parse_cookies(*cookies);
    check(pairs.size() <= 150, "cookies are bounded");
    for (const auto& [name, value] : pairs) {
        const auto found = chanx::find_cookie(*cookies, name);
        check(found.has_value(), "a cookie is found", name);
        check(scope.cookie(name).has_value(), "a scope finds it too", name);
    }
}

void check_client(const chanx::Scope& scope) {
    const chanx::Endpoint client = scope.client();
    chanx::TrustedProxies all;
    all.add("0.0.0.0/0");
    all.add("::/0");
    check(all.contain(client.address), "a client has an address", client.address);
}

void try_alone(std::string_view line) {
    chanx::AllowedOrigins origins;
    try {
        origins.add(line);
        check(origins.allows(line) || origins.allows_any(), "an origin that was added is allowed", line);
        check(!origins.allows("null") || origins.allows_any(), "null is nobody's origin");
    } catch (const chanx::ConfigurationError&) {
        check(!origins.allows(line), "an origin that was refused is not allowed", line);
    }
    chanx::TrustedProxies proxies;
    try {
        proxies.add(line);
    } catch (const chanx::ConfigurationError&) {
        check(proxies.empty(), "a network that was refused is not there");
    }
    static_cast<void>(proxies.contain(line));
    if (const auto moment = chanx::parse_http_date(line))
        check(chanx::http_date(*moment) == line, "a date that was read is written alike", line);

    chanx::CookieJar jar;
    if (jar.store(line, "/a/b")) {
        check(jar.size() <= 1, "one field has one cookie");
        static_cast<void>(jar.header("/a/b/c"));
    }
    const std::size_t equals = line.find('=');
    if (equals == line.npos) return;
    const chanx::Cookie cookie{.name = std::string(line.substr(0, equals)),
                               .value = std::string(line.substr(equals + 1))};
    try {
        const std::string written = chanx::serialize(cookie);
        check(written.find_first_of("\r\n") == written.npos, "nothing is injected", written);
        chanx::CookieJar fresh;
        check(fresh.store(written) && fresh.value(cookie.name) == cookie.value, "a cookie comes back",
              written);
        check(chanx::find_cookie(fresh.header("/"), cookie.name) == cookie.value, "and again", written);
    } catch (const std::invalid_argument&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    chanx::ScopeBuilder builder;
    const std::string target(input.line());
    const bool taken = builder.set_target(target);
    std::size_t added = 0;
    while (!input.empty()) {
        const std::string line(input.line());
        try_alone(line);
        const std::size_t colon = line.find(':');
        if (colon == line.npos) continue;
        added += builder.add_header(line.substr(0, colon), line.substr(colon + 1));
    }
    chanx::TrustedProxies proxies;
    proxies.add("127.0.0.1");
    proxies.add("10.0.0.0/8");
    builder.set_client({"127.0.0.1", 4000});
    builder.set_server({"127.0.0.1", 80});
    builder.set_request_id("fresh");
    builder.apply_forwarded(proxies);
    const chanx::Scope scope = builder.build();
    if (taken) check_target(scope, target);
    check_headers(scope, added);
    check_client(scope);
    return 0;
}
