#include "http/network.hpp"

#include "runtime/keyed_hash.hpp"

#include "support/catch.hpp"

using chanx::detail::keyed_hash;
using chanx::detail::network_key;

TEST_CASE("an IPv4 address counts for itself, however it is written, and an IPv6 address for its /64",
          "[http]") {
    CHECK(network_key("203.0.113.7") == network_key("203.0.113.7"));
    CHECK(network_key("203.0.113.7") != network_key("203.0.113.8"));
    CHECK(network_key("203.0.113.7") == network_key("::ffff:203.0.113.7"));
    CHECK(network_key("2001:db8:1:2::1") == network_key("2001:DB8:1:2:ffff:ffff:ffff:ffff"));
    CHECK(network_key("2001:db8:1:2::1") != network_key("2001:db8:1:3::1"));
    CHECK(network_key("fe80::1%eth0") == network_key("fe80::2"));
    CHECK(network_key("no address") == network_key("no address"));
    CHECK(network_key("no address") != 0);
    CHECK(network_key("") != 0);
}

TEST_CASE("loopback does not count", "[http]") {
    for (const char* address : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"})
        CHECK(network_key(address) == 0);
    CHECK(network_key("128.0.0.1") != 0);
    CHECK(network_key("::2") != 0);
}

TEST_CASE("a keyed hash tells texts apart and is never 0", "[http]") {
    CHECK(keyed_hash("ada") == keyed_hash("ada"));
    CHECK(keyed_hash("ada") != keyed_hash("bob"));
    CHECK(keyed_hash("") != 0);
}
