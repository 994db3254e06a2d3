#include "chat/login_throttle.hpp"

#include "unit/chat/chat_fixture.hpp"

using namespace chat_test;
using namespace std::chrono_literals;
using chat::LoginThrottle;

namespace {

const chat::Throttle::TimePoint start{1h};
const LoginThrottle::Options small{
    .of_pair = {2, 10s}, .of_network = {4, 10s}, .of_name = {3, 10s}, .max_buckets = 100};

/// A log-in that fails.
auto fail(LoginThrottle& throttle, const std::string& name, const std::string& network,
          chat::Throttle::TimePoint now) {
    chat::Attempt attempt = throttle.log_in(name, network, now);
    attempt.counts();
    return attempt.wait();
}

auto make_account(LoginThrottle& throttle, const std::string& network) {
    chat::Attempt attempt = throttle.make_account(network, start);
    attempt.counts();
    return attempt.wait();
}

/// One that keeps nobody from trying twice.
chat::ServiceOptions strict(chat::ServiceOptions options) {
    options.login_throttle = {.of_pair = {3, 1h}, .of_network = {5, 1h}, .of_name = {10, 1h}};
    return options;
}

int log_in(HttpClient& browser, const std::string& name, const std::string& password) {
    return browser.post("/api/login", {{"username", name}, {"password", password}}).status();
}

}  // namespace

TEST_CASE("Who fails too often for one name from one address has to wait", "[chat][throttle]") {
    LoginThrottle throttle(small);
    CHECK_FALSE(fail(throttle, "ada", "10.0.0.1", start));
    CHECK_FALSE(fail(throttle, "Ada", "10.0.0.1", start));
    CHECK(fail(throttle, "ada", "10.0.0.1", start) == 10s);
    CHECK(fail(throttle, "ADA", "10.0.0.1", start + 4s) == 6s);
    // From elsewhere, and for others, it goes on.
    CHECK_FALSE(fail(throttle, "ada", "10.0.0.2", start));
    CHECK_FALSE(fail(throttle, "bob", "10.0.0.1", start));
    CHECK_FALSE(fail(throttle, "ada", "10.0.0.1", start + 10s));
    CHECK(fail(throttle, "ada", "10.0.0.1", start + 10s) == 10s);
}

TEST_CASE("An address that tries many names, and many addresses that try one, have to wait",
          "[chat][throttle]") {
    LoginThrottle throttle(small);
    for (const char* name : {"a", "b", "c", "d"}) CHECK_FALSE(fail(throttle, name, "10.0.0.1", start));
    CHECK(fail(throttle, "e", "10.0.0.1", start) == 10s);
    for (const char* address : {"10.0.1.1", "10.0.1.2", "10.0.1.3"})
        CHECK_FALSE(fail(throttle, "ada", address, start));
    CHECK(fail(throttle, "ada", "10.0.1.4", start) == 10s);
}

TEST_CASE("A refused attempt costs nothing, nor does a right password", "[chat][throttle]") {
    LoginThrottle throttle(small);
    for (int i = 0; i < 100; ++i) {
        CHECK_FALSE(throttle.log_in("ada", "10.0.0.1", start).wait());
    }
    CHECK(throttle.bucket_count() == 0);
    CHECK_FALSE(fail(throttle, "ada", "10.0.0.1", start));
    CHECK_FALSE(fail(throttle, "ada", "10.0.0.1", start));
    for (int i = 0; i < 100; ++i) CHECK(fail(throttle, "ada", "10.0.0.1", start) == 10s);
    CHECK_FALSE(fail(throttle, "bob", "10.0.0.1", start));
}

TEST_CASE("At their bound the buckets that are full soonest are forgotten", "[chat][throttle]") {
    LoginThrottle throttle(small);
    CHECK_FALSE(fail(throttle, "ada", "10.0.0.1", start));
    CHECK_FALSE(fail(throttle, "ada", "10.0.0.1", start));
    for (int i = 0; i < 500; ++i) {
        fail(throttle, "name" + std::to_string(i), "10.1.0." + std::to_string(i), start);
        REQUIRE(throttle.bucket_count() <= small.max_buckets);
    }
    CHECK(fail(throttle, "ada", "10.0.0.1", start) == 10s);
    // An hour later all of them are full.
    for (int i = 0; i < 20; ++i)
        fail(throttle, "late" + std::to_string(i), "10.2.0." + std::to_string(i), start + 1h);
    CHECK(throttle.bucket_count() <= 60);
}

TEST_CASE("Accounts cost a network tokens of their own, and loopback none", "[chat][throttle]") {
    LoginThrottle throttle({.of_accounts = {2, 10s}});
    CHECK_FALSE(make_account(throttle, "10.0.0.1"));
    CHECK_FALSE(make_account(throttle, "10.0.0.1"));
    CHECK(make_account(throttle, "10.0.0.1") == 10s);
    CHECK_FALSE(make_account(throttle, "2001:db8::/64"));
    CHECK_FALSE(fail(throttle, "ada", "10.0.0.1", start));
    for (int i = 0; i < 100; ++i) CHECK_FALSE(make_account(throttle, ""));
}

TEST_CASE("An account that is not made costs nothing", "[chat][throttle]") {
    LoginThrottle throttle({.of_accounts = {2, 10s}});
    for (int i = 0; i < 10; ++i) CHECK_FALSE(throttle.make_account("10.0.0.1", start).wait());
    CHECK(throttle.bucket_count() == 0);
}

TEST_CASE("A network has so many passwords looked at at once, and others as many", "[chat][throttle]") {
    LoginThrottle throttle({.max_at_once = 2});
    const chat::PasswordTurn first(throttle, "10.0.0.1");
    std::optional<chat::PasswordTurn> second(std::in_place, throttle, "10.0.0.1");
    CHECK(first.granted());
    CHECK(second->granted());
    CHECK_FALSE(chat::PasswordTurn(throttle, "10.0.0.1").granted());
    CHECK(chat::PasswordTurn(throttle, "10.0.0.2").granted());
    second.reset();
    CHECK(chat::PasswordTurn(throttle, "10.0.0.1").granted());
    // Loopback is a proxy, or the machine's own.
    const chat::PasswordTurn a(throttle, "");
    const chat::PasswordTurn b(throttle, "");
    CHECK(chat::PasswordTurn(throttle, "").granted());
}

TEST_CASE("Where a network has enough passwords looked at, right ones are refused too", "[chat][throttle]") {
    ChatFiles files;
    auto services = files.services();
    services.login_throttle = {.max_at_once = 0};
    const auto application =
        chat::make_application({.services = std::move(services), .trusted_proxies = {"127.0.0.1"}});
    chanx::testing::TestApplication app(*application);
    const auto from = [&](const char* address, const char* path) {
        return app.client().request("POST", path, R"({"username":"ada","password":"password of ada"})",
                                    {{"Content-Type", "application/json"}, {"X-Forwarded-For", address}});
    };
    const auto refused = from("198.51.100.1", "/api/register");
    CHECK(refused.status() == 429);
    CHECK(refused.header("Retry-After") == "1");
    CHECK(detail_of(refused) == "Too many log-ins at once from this network: try again in 1 second");
    CHECK(from("127.0.0.1", "/api/register").status() == 201);
    CHECK(from("198.51.100.1", "/api/login").status() == 429);
    CHECK(from("127.0.0.1", "/api/login").status() == 200);
}

TEST_CASE("What one customer's addresses do counts together", "[chat][throttle]") {
    ChatFiles files;
    auto services = files.services();
    services.login_throttle = {.of_pair = {2, 1h}, .of_accounts = {3, 1h}};
    const auto application =
        chat::make_application({.services = std::move(services), .trusted_proxies = {"127.0.0.1"}});
    chanx::testing::TestApplication app(*application);
    const auto from = [&](const char* address, const std::string& path, const std::string& name) {
        const std::string body = R"({"username":")" + name + R"(","password":"password of somebody"})";
        return app.client()
            .request("POST", path, body, {{"Content-Type", "application/json"}, {"X-Forwarded-For", address}})
            .status();
    };
    for (const char* name : {"a1", "a2", "a3"}) CHECK(from("2001:db8:1:2::1", "/api/register", name) == 201);
    CHECK(from("2001:db8:1:2:3::4", "/api/register", "a4") == 429);
    CHECK(from("2001:db8:1:3::1", "/api/register", "a4") == 201);
    CHECK(from("198.51.100.1", "/api/login", "nobody") == 401);
    CHECK(from("::ffff:198.51.100.1", "/api/login", "nobody") == 401);
    CHECK(from("198.51.100.1", "/api/login", "nobody") == 429);
    // What nobody can be called is not counted by name.
    for (int i = 0; i < 5; ++i) CHECK(from("198.51.100.2", "/api/login", "no body") == 401);
}

TEST_CASE("Wrong passwords are answered with 429 after a while, also where the next one is right",
          "[chat][throttle]") {
    ChatFixture chat(strict);
    HttpClient alice = chat.person("alice");
    HttpClient thief = chat.app().client();
    for (int i = 0; i < 3; ++i) CHECK(log_in(thief, "alice", "guess number " + std::to_string(i)) == 401);
    const auto refused = thief.post("/api/login", {{"username", "alice"}, {"password", "password of alice"}});
    CHECK(refused.status() == 429);
    CHECK(refused.header("Retry-After") == "3600");
    CHECK(detail_of(refused) == "Too many failed attempts to log in: try again in 3600 seconds");
    CHECK_FALSE(refused.header("Set-Cookie"));
    // Names that nobody has are no different.
    CHECK(log_in(thief, "nobody", "guess number 4") == 401);
    CHECK(log_in(thief, "nobody", "guess number 5") == 401);
    CHECK(log_in(thief, "nobody", "guess number 6") == 429);
    CHECK(alice.request("GET", "/api/me").status() == 200);
}

TEST_CASE("Right passwords are never too many", "[chat][throttle]") {
    ChatFixture chat(strict);
    HttpClient alice = chat.person("alice");
    for (int i = 0; i < 20; ++i) CHECK(log_in(alice, "alice", "password of alice") == 200);
    CHECK(log_in(alice, "alice", "wrong password") == 401);
    CHECK(log_in(alice, "alice", "password of alice") == 200);
}
