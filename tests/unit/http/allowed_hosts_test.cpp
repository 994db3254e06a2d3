#include "http/allowed_hosts.hpp"

#include "support/catch.hpp"

#include <chanx/error.hpp>

#include <string>

using chanx::detail::AllowedHosts;

TEST_CASE("without any allowed host every one is allowed", "[http][hosts]") {
    const AllowedHosts hosts;
    CHECK(hosts.allows("evil.example", 80));
    CHECK(hosts.allows("", 80));
    CHECK(hosts.allows(std::nullopt, 80));
}

TEST_CASE("hosts are compared whatever their case, dot at the end, port and spelling of an address",
          "[http][hosts]") {
    AllowedHosts hosts;
    hosts.add("Chat.Example.com.");
    hosts.add("*.inner.example");
    hosts.add("admin.example:8443");
    hosts.add("plain.example:80");
    hosts.add("[2001:DB8::1]");
    hosts.add("10.0.0.7");
    for (const char* good :
         {"chat.example.com", "CHAT.example.COM.", "chat.example.com:8000", "chat.example.com.:1",
          "a.inner.example", "a.b.INNER.example.:9", "admin.example:8443", "plain.example",
          "plain.example:80", "[2001:db8:0:0::1]", "[2001:db8::1]:443", "10.0.0.7:1"}) {
        INFO(good);
        CHECK(hosts.allows(good, 80));
    }
    for (const char* bad :
         {"", "example.com", "xchat.example.com", "chat.example.com.evil.example", "inner.example",
          "xinner.example", "admin.example", "admin.example:443", "plain.example:443", "[2001:db8::2]",
          "2001:db8::1", "10.0.0.70", "chat.example.com:0", "chat.example.com:70000", "chat.example.com:x",
          "user@chat.example.com", "chat.example.com/", "."}) {
        INFO(bad);
        CHECK_FALSE(hosts.allows(bad, 80));
    }
    CHECK_FALSE(hosts.allows(std::nullopt, 80));
    CHECK_FALSE(hosts.allows("plain.example", 443));
}

TEST_CASE("a star allows any host", "[http][hosts]") {
    AllowedHosts hosts;
    hosts.add("chat.example");
    hosts.add("*");
    CHECK(hosts.allows("evil.example", 80));
}

TEST_CASE("what is no host is refused with what to write", "[http][hosts]") {
    AllowedHosts hosts;
    for (const char* wrong : {"", "https://chat.example", "chat.example/", "a*.example", "*.", "*.*.example",
                              "[::1", "::1", "chat.example:0", "chat.example:99999", "a b", "*.[::1]"}) {
        INFO(wrong);
        CHECK_THROWS_AS(hosts.add(wrong), chanx::ConfigurationError);
    }
    CHECK_THROWS_WITH(hosts.add("https://chat.example"),
                      support::containing("is no host that can be allowed") &&
                          support::containing("chat.example.com or [::1]:8000"));
}
