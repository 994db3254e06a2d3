#include "http/request_target.hpp"

#include "support/catch.hpp"

using chanx::detail::is_host_field;
using chanx::detail::parse_absolute_target;

TEST_CASE("a target in absolute form has an authority and the rest", "[http]") {
    const auto plain = parse_absolute_target("http://chat.example:8000/a/b?c=d");
    REQUIRE(plain);
    CHECK(plain->authority == "chat.example:8000");
    CHECK(plain->origin_form == "/a/b?c=d");
    CHECK(parse_absolute_target("HTTPS://a")->origin_form == "/");
    CHECK(parse_absolute_target("http://a?x=/")->origin_form == "/?x=/");
    CHECK(parse_absolute_target("http://a//b://c")->origin_form == "//b://c");
    CHECK(parse_absolute_target("http://[::1]:80/x")->authority == "[::1]:80");
    for (const char* wrong :
         {"", "/", "*", "a:80", "http:/a", "http://", "http:///x", "http://user@a/", "http://u:p@a/",
          "ftp://a/", "://a/", "http://a b/", "http://[::1/", "http://a:b/", "/x?http://a/"}) {
        INFO(wrong);
        CHECK_FALSE(parse_absolute_target(wrong));
    }
}

TEST_CASE("a Host field is a host with or without a port, or empty", "[http]") {
    for (const char* good :
         {"", "a", "a_b.example", "a.example.:80", "a:", "127.0.0.1:8000", "[::1]", "[::1]:8000", "%41"}) {
        INFO(good);
        CHECK(is_host_field(good));
    }
    for (const char* bad :
         {":80", "a b", "a/b", "a@b", "a:b", "a:123456", "[]", "[::1", "[::1]x", "a\"b", "a:80:90", "a?b"}) {
        INFO(bad);
        CHECK_FALSE(is_host_field(bad));
    }
}
