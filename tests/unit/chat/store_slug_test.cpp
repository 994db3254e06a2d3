#include "chat/store/slug.hpp"
#include "support/catch.hpp"

using chat::slug_of;

TEST_CASE("a slug is made of the ASCII words of the name", "[chat][store]") {
    CHECK(slug_of("General") == "general");
    CHECK(slug_of("Tea & Cake") == "tea-cake");
    CHECK(slug_of("  --C++ 20!--  ") == "c-20");
    CHECK(slug_of("Caf\xc3\xa9 noir") == "caf-noir");
    CHECK(slug_of("a_b/c.d") == "a-b-c-d");
}

TEST_CASE("a name without an ASCII letter or digit gives the slug room", "[chat][store]") {
    CHECK(slug_of("") == "room");
    CHECK(slug_of("\xe6\x97\xa5\xe6\x9c\xac") == "room");
    CHECK(slug_of(" - _ - ") == "room");
}

TEST_CASE("a slug has at most 60 bytes and never ends in a dash", "[chat][store]") {
    CHECK(slug_of(std::string(400, 'A')) == std::string(60, 'a'));
    CHECK(slug_of(std::string(59, 'a') + " b") == std::string(59, 'a'));
    CHECK(slug_of(std::string(58, 'a') + " b") == std::string(58, 'a') + "-b");
}
