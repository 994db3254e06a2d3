#include "chat/password.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

using namespace chat;

TEST_CASE("a password matches its own hash and no other password does", "[chat][password]") {
    const auto hash = hash_password("correct horse", cheap_cost);
    CHECK(verify_password(hash, "correct horse"));
    CHECK_FALSE(verify_password(hash, "correct horsf"));
    CHECK_FALSE(verify_password(hash, ""));
    CHECK(hash.starts_with("$argon2id$"));
    CHECK(hash.find("correct") == std::string::npos);
}

TEST_CASE("the default cost is libsodium's interactive level", "[chat][password]") {
    CHECK(hash_password("correct horse").starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
}

TEST_CASE("one password hashes differently each time", "[chat][password]") {
    CHECK(hash_password("correct horse", cheap_cost) != hash_password("correct horse", cheap_cost));
}

TEST_CASE("a NUL does not end a password", "[chat][password]") {
    const std::string password("eight\0characters", 16);
    const auto hash = hash_password(password, cheap_cost);
    CHECK(verify_password(hash, password));
    CHECK_FALSE(verify_password(hash, std::string("eight\0charactert", 16)));
    CHECK_FALSE(verify_password(hash, "eight"));
}

TEST_CASE("a password may have 1024 bytes and the last one counts", "[chat][password]") {
    std::string password(1024, 'a');
    const auto hash = hash_password(password, cheap_cost);
    CHECK(verify_password(hash, password));
    password.back() = 'b';
    CHECK_FALSE(verify_password(hash, password));
}

TEST_CASE("what is no hash verifies nothing", "[chat][password]") {
    CHECK_FALSE(verify_password("", ""));
    CHECK_FALSE(verify_password("plain text", "plain text"));
    CHECK_FALSE(verify_password("$argon2id$v=19$m=8,t=1,p=1$", "x"));
    CHECK_FALSE(verify_password(std::string(5000, '$'), "x"));
}

TEST_CASE("a cost out of bounds is an error that names it", "[chat][password]") {
    CHECK_THROWS_WITH(hash_password("correct horse", {.passes = 1, .memory = 1}),
                      support::containing("1 bytes"));
    CHECK_THROWS_AS(burn_one_hash("correct horse", {.passes = 0, .memory = 8192}), std::runtime_error);
}

TEST_CASE("a hash for nobody is never right", "[chat][password]") {
    CHECK_FALSE(burn_one_hash("correct horse", cheap_cost));
    CHECK_FALSE(burn_one_hash("", cheap_cost));
}

TEST_CASE("a wiped secret is empty and nothing of it stays in its buffer", "[chat][password]") {
    std::string secret = "a secret longer than a small string";
    secret.resize(10);
    wipe(secret);
    CHECK(secret.empty());
    secret.resize(secret.capacity(), '\0');
    CHECK(std::all_of(secret.begin(), secret.end(), [](char c) { return c == '\0'; }));
}
