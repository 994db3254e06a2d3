#include <chanx/http/trusted_proxies.hpp>

#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/http/scope_builder.hpp>
#include <chanx/testing/test_application.hpp>

#include <string>

namespace {

using chanx::Endpoint;
using chanx::TrustedProxies;

TrustedProxies proxies(std::initializer_list<std::string_view> networks) {
    TrustedProxies result;
    for (const auto network : networks) result.add(network);
    return result;
}

std::string client(const TrustedProxies& trusted, std::string peer, std::string_view forwarded_for) {
    return trusted.client({std::move(peer), 4000}, forwarded_for).address;
}

}  // namespace

TEST_CASE("A trusted proxy is an address or a network, in both families", "[http]") {
    const auto trusted = proxies({"127.0.0.1", "10.1.0.0/16", "192.168.4.0/22", "2001:db8::/33", "::1"});
    for (const char* in : {"127.0.0.1", "10.1.0.0", "10.1.255.255", "192.168.7.255", "2001:db8:7fff::1",
                           "::1", "::ffff:10.1.2.3"}) {
        CAPTURE(in);
        CHECK(trusted.contain(std::string_view(in)));
    }
    for (const char* out : {"127.0.0.2", "10.2.0.0", "10.0.255.255", "192.168.8.0", "2001:db8:8000::1", "::2",
                            "", "localhost", "10.1.0", "127.0.0.1 "}) {
        CAPTURE(out);
        CHECK_FALSE(trusted.contain(std::string_view(out)));
    }
    CHECK(proxies({"0.0.0.0/0"}).contain(std::string_view("203.0.113.7")));
    CHECK_FALSE(proxies({"0.0.0.0/0"}).contain(std::string_view("2001:db8::1")));
}

TEST_CASE("What is no address or network is refused and named", "[http]") {
    for (const char* bad : {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8",
                            "::/129", "*", "unix:"}) {
        CAPTURE(bad);
        CHECK_THROWS_WITH(proxies({bad}), support::containing("'" + std::string(bad) + "'"));
    }
}

TEST_CASE("The client is the last address that no trusted proxy has", "[http]") {
    const auto trusted = proxies({"127.0.0.1", "10.0.0.0/8"});
    CHECK(client(trusted, "127.0.0.1", "203.0.113.7") == "203.0.113.7");
    CHECK(client(trusted, "127.0.0.1", "203.0.113.7, 10.0.0.9") == "203.0.113.7");
    // Only what trusted proxies appended counts: the rest the client has written itself.
    CHECK(client(trusted, "127.0.0.1", "1.1.1.1, 203.0.113.7,10.0.0.9") == "203.0.113.7");
    CHECK(client(trusted, "203.0.113.7", "1.1.1.1") == "203.0.113.7");
    CHECK(client(trusted, "127.0.0.1", "") == "127.0.0.1");
    CHECK(client(trusted, "127.0.0.1", "10.0.0.1,10.0.0.2") == "10.0.0.1");
    CHECK(client(TrustedProxies(), "127.0.0.1", "1.1.1.1") == "127.0.0.1");
}

TEST_CASE("An entry that is no address ends the search", "[http]") {
    const auto trusted = proxies({"127.0.0.1", "10.0.0.0/8"});
    for (const char* bad : {"unknown", "_hidden", "", " ", "1.2.3.4:", "1.2.3.4:99999", "[::1", "[::1]x",
                            "[::1]:", "1.2.3", "a:b"}) {
        CAPTURE(bad);
        CHECK(client(trusted, "127.0.0.1", "1.1.1.1, " + std::string(bad) + ", 10.0.0.9") == "10.0.0.9");
    }
}

TEST_CASE("Ports and brackets of entries are understood", "[http]") {
    const auto trusted = proxies({"127.0.0.1"});
    CHECK(trusted.client({"127.0.0.1", 1}, "203.0.113.7:8080") == Endpoint{"203.0.113.7", 8080});
    CHECK(trusted.client({"127.0.0.1", 1}, "[2001:db8::1]:443") == Endpoint{"2001:db8::1", 443});
    CHECK(trusted.client({"127.0.0.1", 1}, "[2001:db8::1]") == Endpoint{"2001:db8::1", 0});
    CHECK(trusted.client({"127.0.0.1", 1}, "2001:db8::1") == Endpoint{"2001:db8::1", 0});
}

namespace {

chanx::Scope scope_from(const TrustedProxies& trusted, std::string peer,
                        std::initializer_list<std::pair<std::string_view, std::string_view>> headers) {
    chanx::ScopeBuilder builder;
    builder.set_client({std::move(peer), 4000});
    for (const auto& [name, value] : headers) REQUIRE(builder.add_header(name, value));
    builder.apply_forwarded(trusted);
    return builder.build();
}

}  // namespace

TEST_CASE("A scope's client and secure come from a trusted proxy's fields", "[http]") {
    const auto trusted = proxies({"127.0.0.1"});
    const auto through = scope_from(
        trusted, "127.0.0.1",
        {{"X-Forwarded-For", "1.1.1.1"}, {"x-forwarded-for", "203.0.113.7"}, {"X-Forwarded-Proto", "HTTPS"}});
    CHECK(through.client().address == "203.0.113.7");
    CHECK(through.secure());
    const auto plain = scope_from(trusted, "127.0.0.1", {{"X-Forwarded-Proto", "https, http"}});
    CHECK(plain.client() == Endpoint{"127.0.0.1", 4000});
    CHECK_FALSE(plain.secure());
    const auto liar = scope_from(trusted, "203.0.113.7",
                                 {{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "https"}});
    CHECK(liar.client().address == "203.0.113.7");
    CHECK_FALSE(liar.secure());
}

namespace {

chanx::awaitable<chanx::Response> show_client(chanx::Request request) {
    co_return chanx::Response::text(request.scope().client().address +
                                    (request.scope().secure() ? " secure" : ""));
}

}  // namespace

TEST_CASE("An application believes the proxies of its settings, and nobody by default", "[http]") {
    const chanx::Router routes{chanx::path("who", chanx::get(show_client))};
    const chanx::testing::Headers headers{{"X-Forwarded-For", "203.0.113.7"}, {"X-Forwarded-Proto", "https"}};
    chanx::Application plain(routes);
    chanx::testing::TestApplication test_plain(plain);
    CHECK(chanx::testing::HttpClient(test_plain).get("/who", headers).body() == "127.0.0.1");

    chanx::Application behind(routes, {.trusted_proxies = {"127.0.0.1"}});
    chanx::testing::TestApplication test_behind(behind);
    CHECK(chanx::testing::HttpClient(test_behind).get("/who", headers).body() == "203.0.113.7 secure");

    CHECK_THROWS_AS(chanx::Application(routes, {.trusted_proxies = {"nginx"}}), chanx::ConfigurationError);
}
