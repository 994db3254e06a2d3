#include <chanx/http/origin.hpp>

#include "support/catch.hpp"

#include <chanx/error.hpp>

using chanx::AllowedOrigins;
using chanx::UriScheme;

TEST_CASE("a loopback server's own origins are all names of loopback", "[http][origin]") {
    AllowedOrigins origins;
    CHECK(origins.add_bound({"127.0.0.1", 8000}, UriScheme::http));
    for (const char* good :
         {"http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000", "HTTP://LOCALHOST:8000"}) {
        INFO(good);
        CHECK(origins.allows(good));
    }
    for (const char* bad :
         {"https://localhost:8000", "http://localhost:8001", "http://localhost", "http://localhost:8000/",
          "http://localhost:8000.evil.example", "http://localhost:8000@evil.example",
          "http://evil.example/localhost:8000", "localhost:8000", "http://127.0.0.2:8000", ""}) {
        INFO(bad);
        CHECK_FALSE(origins.allows(bad));
    }
    CHECK(origins.origins().size() == 3);
}

TEST_CASE("a missing origin is no browser and null is nobody", "[http][origin]") {
    AllowedOrigins origins;
    CHECK(origins.allows(std::nullopt));
    CHECK_FALSE(origins.allows("null"));
    CHECK_FALSE(origins.allows("http://a.example"));
    origins.add("*");
    CHECK(origins.allows_any());
    CHECK(origins.allows("http://a.example"));
    CHECK(origins.allows(std::nullopt));
    CHECK_FALSE(origins.allows("null"));
}

TEST_CASE("other addresses have one origin and wildcards none", "[http][origin]") {
    AllowedOrigins origins;
    CHECK_FALSE(origins.add_bound({"0.0.0.0", 80}, UriScheme::http));
    CHECK_FALSE(origins.add_bound({"::", 80}, UriScheme::http));
    CHECK(origins.origins().empty());
    CHECK(origins.add_bound({"192.0.2.7", 80}, UriScheme::http));
    CHECK(origins.add_bound({"2001:DB8:0::7", 443}, UriScheme::https));
    CHECK(origins.origins() == std::vector<std::string>{"http://192.0.2.7", "https://[2001:db8::7]"});
    CHECK(origins.allows("http://192.0.2.7:80"));
    CHECK_FALSE(origins.allows("http://localhost"));
    AllowedOrigins six;
    CHECK(six.add_bound({"::1", 8000}, UriScheme::http));
    CHECK(six.allows("http://localhost:8000"));
    CHECK_THROWS_AS(six.add_bound({"localhost", 8000}, UriScheme::http), chanx::ConfigurationError);
    CHECK_THROWS_AS(six.add_bound({"127.0.0.1", 0}, UriScheme::http), chanx::ConfigurationError);
}

TEST_CASE("configured origins are normalised", "[http][origin]") {
    AllowedOrigins origins;
    origins.add("HTTPS://Chat.Example:443");
    origins.add("https://chat.example");
    origins.add("http://[0:0::1]:8080");
    origins.add("tauri://localhost");
    CHECK(origins.origins() ==
          std::vector<std::string>{"https://chat.example", "http://[::1]:8080", "tauri://localhost"});
    CHECK(origins.allows("https://chat.example"));
    CHECK(origins.allows("https://CHAT.example:443"));
    CHECK_FALSE(origins.allows("https://chat.example:444"));
    CHECK_FALSE(origins.allows("http://chat.example"));
    CHECK_FALSE(origins.allows("https://evil-chat.example"));
    CHECK_FALSE(origins.allows("https://chat.example.evil.org"));
}

TEST_CASE("what is no origin is refused when it is configured", "[http][origin]") {
    AllowedOrigins origins;
    for (std::string_view bad : {std::string_view(""),
                                 std::string_view("chat.example"),
                                 std::string_view("https://"),
                                 std::string_view("https://chat.example/"),
                                 std::string_view("https://chat.example/path"),
                                 std::string_view("https://user@chat.example"),
                                 std::string_view("https://*.example"),
                                 std::string_view("https://chat.example:"),
                                 std::string_view("https://chat.example:0"),
                                 std::string_view("https://chat.example:65536"),
                                 std::string_view("https://chat.example:8o"),
                                 std::string_view("https://chat.example:-1"),
                                 std::string_view("https://[::1"),
                                 std::string_view("https://[nonsense]"),
                                 std::string_view("https://[::1]x"),
                                 std::string_view("https://a b"),
                                 std::string_view("null"),
                                 std::string_view("://a"),
                                 std::string_view("1http://a"),
                                 std::string_view("https://a\0b", 11)}) {
        INFO(bad);
        CHECK_THROWS_AS(origins.add(bad), chanx::ConfigurationError);
    }
    CHECK_THROWS_WITH(origins.add("https://a/"), support::containing("\"https://a/\" is no origin"));
    CHECK(origins.origins().empty());
}
