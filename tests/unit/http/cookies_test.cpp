#include <chanx/http/cookies.hpp>

#include "support/catch.hpp"

#include <stdexcept>

using chanx::Cookie;
using chanx::CookieJar;

TEST_CASE("a cookie is safe unless told otherwise", "[http][cookies]") {
    CHECK(serialize(Cookie{.name = "sessionid", .value = "abc"}) ==
          "sessionid=abc; Path=/; HttpOnly; SameSite=Lax");
    CHECK(serialize(Cookie{.name = "s",
                           .value = "",
                           .path = "/chat",
                           .max_age = std::chrono::hours(1),
                           .http_only = false,
                           .secure = true,
                           .same_site = chanx::SameSite::none}) ==
          "s=; Path=/chat; Max-Age=3600; Secure; SameSite=None");
    CHECK(serialize(Cookie::removal("s")) == "s=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    CHECK(serialize(Cookie{.name = "s", .value = "", .max_age = std::chrono::seconds(-5)}) ==
          "s=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    CHECK(serialize(Cookie{.name = "s", .value = "1", .same_site = chanx::SameSite::strict}) ==
          "s=1; Path=/; HttpOnly; SameSite=Strict");
}

TEST_CASE("nothing can be injected through a cookie's parts", "[http][cookies]") {
    for (const char* value :
         {"a; Path=/x", "a\r\nSet-Cookie: b=c", "a b", "\"a\"", "a,b", "a\\b", "\xc3\xa9", "\x7f"}) {
        INFO(value);
        CHECK_THROWS_AS(serialize(Cookie{.name = "s", .value = value}), std::invalid_argument);
    }
    CHECK_THROWS_AS(serialize(Cookie{.name = "s", .value = std::string("a\0b", 3)}), std::invalid_argument);
    for (const char* name : {"", "a b", "a=b", "a;b", "a\n"}) {
        INFO(name);
        CHECK_THROWS_AS(serialize(Cookie{.name = name, .value = "v"}), std::invalid_argument);
    }
    for (const char* path : {"", "x", "/a;b", "/a\nb"}) {
        INFO(path);
        CHECK_THROWS_AS(serialize(Cookie{.name = "s", .value = "v", .path = path}), std::invalid_argument);
    }
}

TEST_CASE("a cookie that browsers would drop is refused", "[http][cookies]") {
    CHECK_THROWS_AS(serialize(Cookie{.name = "s", .value = "v", .same_site = chanx::SameSite::none}),
                    std::invalid_argument);
    CHECK_THROWS_AS(serialize(Cookie{.name = "__Host-s", .value = "v"}), std::invalid_argument);
    CHECK_THROWS_AS(serialize(Cookie{.name = "__Secure-s", .value = "v"}), std::invalid_argument);
    CHECK_THROWS_AS(serialize(Cookie{.name = "__Host-s", .value = "v", .path = "/a", .secure = true}),
                    std::invalid_argument);
    CHECK_NOTHROW(serialize(Cookie{.name = "__Host-s", .value = "v", .secure = true}));
}

TEST_CASE("a cookie header is read leniently and never beyond its bound", "[http][cookies]") {
    const auto pairs = chanx::parse_cookies("a=1; b = two ;junk;=x;; c=d=e; a=3");
    REQUIRE(pairs.size() == 4);
    CHECK(pairs[0].name == "a");
    CHECK(pairs[1].value == "two");
    CHECK(pairs[2].value == "d=e");
    CHECK(chanx::find_cookie("a=1; a=2", "a") == "1");
    CHECK_FALSE(chanx::find_cookie("xa=1; b=a=2", "a"));
    CHECK_FALSE(chanx::find_cookie("", "a"));
    CHECK(chanx::parse_cookies("").empty());
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "a=1;";
    CHECK(chanx::parse_cookies(many).size() == 150);
}

TEST_CASE("a jar keeps, replaces and removes cookies", "[http][cookies]") {
    CookieJar jar;
    CHECK(jar.header("/").empty());
    CHECK(jar.store("sessionid=one; Path=/; HttpOnly; SameSite=Lax"));
    CHECK(jar.store("theme=dark"));
    CHECK(jar.header("/") == "sessionid=one; theme=dark");
    CHECK(jar.store("sessionid=two; Path=/; Max-Age=3600"));
    CHECK(jar.header("/any/where?x=/") == "sessionid=two; theme=dark");
    CHECK(jar.value("sessionid") == "two");
    CHECK(jar.store("sessionid=; max-age=0; path=/"));
    CHECK(jar.header("/") == "theme=dark");
    CHECK(jar.store("theme=; Max-Age=-1"));
    CHECK(jar.empty());
    CHECK_FALSE(jar.value("theme"));
}

TEST_CASE("a jar sends a cookie to its path only, the longest path first", "[http][cookies]") {
    CookieJar jar;
    REQUIRE(jar.store("a=root; Path=/"));
    REQUIRE(jar.store("a=chat; Path=/chat"));
    REQUIRE(jar.store("b=default", "/api/login"));
    CHECK(jar.header("/") == "a=root");
    CHECK(jar.header("/chat") == "a=chat; a=root");
    CHECK(jar.header("/chat/1/") == "a=chat; a=root");
    CHECK(jar.header("/chatter") == "a=root");
    CHECK(jar.header("/api/me") == "b=default; a=root");
    REQUIRE(jar.store("a=; Path=/chat; Max-Age=0"));
    CHECK(jar.header("/chat") == "a=root");
}

TEST_CASE("a jar refuses what is no cookie and stays within its bound", "[http][cookies]") {
    CookieJar jar;
    CHECK_FALSE(jar.store(""));
    CHECK_FALSE(jar.store("novalue"));
    CHECK_FALSE(jar.store("=x"));
    CHECK_FALSE(jar.store("a b=x"));
    CHECK_FALSE(jar.store("a=x\r\nb: c"));
    CHECK(jar.empty());
    for (int i = 0; i < 200; ++i) REQUIRE(jar.store("c" + std::to_string(i) + "=1"));
    CHECK(jar.size() == 150);
    CHECK_FALSE(jar.value("c49"));
    CHECK(jar.value("c50") == "1");
}
