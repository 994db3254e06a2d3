#include "layer/redis/redis_address.hpp"

#include "support/catch.hpp"

#include <chanx/error.hpp>

#include <string>

using chanx::detail::parse_redis_url;

TEST_CASE("A Redis URL says host, port, login and database, most of which may be left out", "[redis]") {
    const auto whole = parse_redis_url("redis://ann:s%40cr%3At@db.example:7000/3");
    CHECK(whole.host == "db.example");
    CHECK(whole.port == 7000);
    CHECK(whole.user == "ann");
    CHECK(whole.password == "s@cr:t");
    CHECK(whole.database == 3);
    CHECK_FALSE(whole.tls);
    const auto least = parse_redis_url("redis://localhost");
    CHECK(least.host == "localhost");
    CHECK(least.port == 6379);
    CHECK(least.user.empty());
    CHECK(least.password.empty());
    CHECK(least.database == 0);
    const auto password_only = parse_redis_url("rediss://:secret@[::1]:1/");
    CHECK(password_only.user.empty());
    CHECK(password_only.password == "secret");
    CHECK(password_only.host == "::1");
    CHECK(password_only.tls);
    CHECK(password_only.label() == "[::1]:1");
    CHECK(parse_redis_url("redis://u:p@w@host").password == "p@w");
}

TEST_CASE("A blank in a password is written %20", "[redis]") {
    CHECK(parse_redis_url("redis://:my%20secret@host").password == "my secret");
}

TEST_CASE("A unix URL names a socket", "[redis]") {
    const auto plain = parse_redis_url("unix:///run/redis/redis.sock");
    CHECK(plain.path == "/run/redis/redis.sock");
    CHECK(plain.is_local());
    CHECK(plain.label() == "unix:/run/redis/redis.sock");
    const auto login = parse_redis_url("unix://ann:secret@/tmp/a%20b?db=2");
    CHECK(login.path == "/tmp/a b");
    CHECK(login.user == "ann");
    CHECK(login.password == "secret");
    CHECK(login.database == 2);
}

TEST_CASE("A URL that can't be used is refused with its reason and without its password", "[redis]") {
    const auto url = GENERATE(
        as<std::string>{}, "", "localhost", "http://hunter2@x", "redis://", "redis://:hunter2@",
        "redis://:hunter2@host:0", "redis://:hunter2@host:65536", "redis://:hunter2@host:12a",
        "redis://:hunter2@host/x", "redis://:hunter2%zz@host", "redis://:hunter2%4@host",
        "redis://hunter2@host", "redis://:hunter2@[::1", "redis://:hunter2@[::1]x", "redis://:hunter2?@host",
        "redis://:hunter2%00@host", "unix://x", "unix://", "unix:///a?hunter2=1", "unix:///a?db=-1",
        "unix://:hunter2@host/path", "redis://:hunter2 @host", "redis://:hunter2\n@host",
        "redis://:hunter2@ho st", " redis://:hunter2@host", "redis://:hunter2@host\n",
        "redis://:hunter2@host\t/1", "redis://:hunter2@host\x7f", "redis://:hunter2@ho%20st",
        "redis://:hunter2@host%0A", "unix:///a b?hunter2", "unix:///a\n");
    CAPTURE(url);
    std::string said;
    try {
        parse_redis_url(url);
    } catch (const chanx::ConfigurationError& error) {
        said = error.what();
    }
    CHECK(said.starts_with("chanx: the Redis URL "));
    CHECK(said.find("hunter2") == std::string::npos);
}
