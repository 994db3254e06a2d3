#include "chat/api/account.hpp"
#include "unit/chat/chat_fixture.hpp"

using namespace chat_test;
using namespace std::chrono_literals;

TEST_CASE_METHOD(ChatFixture, "a log-out everywhere ends each login of the user and closes its sockets",
                 "[chat]") {
    HttpClient laptop = person("alice");
    HttpClient phone = app().client();
    REQUIRE(phone.post("/api/login", {{"username", "alice"}, {"password", "password of alice"}}).status() ==
            200);
    HttpClient bob = person("bob");
    const auto garden = room(laptop);
    join(bob, garden);
    auto at_laptop = enter(laptop, garden);
    auto at_phone = enter(phone, garden);
    auto bobs = enter(bob, garden);

    const auto response = phone.request("POST", "/api/logout/everywhere");
    CHECK(response.status() == 204);
    CHECK(phone.request("GET", "/api/me").status() == 401);
    CHECK(laptop.request("GET", "/api/me").status() == 401);
    CHECK(bob.request("GET", "/api/me").status() == 200);
    at_laptop.assert_closed(4401);
    at_phone.assert_closed(4401);
    CHECK(bobs.close_code() == 0);
    // For the other processes.
    CHECK(store().revocations_after(0).size() == 2);
    CHECK(laptop.request("POST", "/api/logout/everywhere").status() == 401);
}

TEST_CASE_METHOD(ChatFixture,
                 "a cookie that a browser brings along is not the one that it gets by logging in", "[chat]") {
    HttpClient browser = person("alice");
    const auto planted = browser.cookie_headers();
    HttpClient victim = app().client();
    const auto response =
        victim.request("POST", "/api/login", R"({"username":"alice","password":"password of alice"})",
                       {planted[0], {"Content-Type", "application/json"}});
    REQUIRE(response.status() == 200);
    REQUIRE(response.header("Set-Cookie"));
    CHECK(response.header("Set-Cookie")->find(planted[0].second) == std::string::npos);
    // The planted one is worth nothing any more.
    CHECK(app().client().request("GET", "/api/me", {}, planted).status() == 401);
}

TEST_CASE_METHOD(ChatFixture, "a user has a bounded number of logins, and a further one ends the oldest",
                 "[chat]") {
    HttpClient alice = person("alice");
    const auto garden = room(alice);
    auto socket = enter(alice, garden);
    const auto user = store().find_credentials("alice").value().user.id;
    const auto later = chat::system_now() + 24h;
    for (std::size_t i = 1; i < chat::Store::max_sessions_per_user; ++i) {
        REQUIRE(store().create_session("hash " + std::to_string(i), user, later).empty());
    }
    CHECK(alice.request("GET", "/api/me").status() == 200);
    HttpClient another = app().client();
    REQUIRE(another.post("/api/login", {{"username", "alice"}, {"password", "password of alice"}}).status() ==
            200);
    CHECK(another.request("GET", "/api/me").status() == 200);
    CHECK(alice.request("GET", "/api/me").status() == 401);
    socket.assert_closed(4401);
}

TEST_CASE_METHOD(ChatFixture, "the user name is no password, however it is written", "[chat]") {
    HttpClient browser = app().client();
    const auto refused =
        browser.post("/api/register", {{"username", "Alexandra"}, {"password", "aLEXANDRA"}});
    CHECK(refused.status() == 422);
    CHECK(detail_of(refused) == "The password must not be the user name");
    CHECK(browser.post("/api/register", {{"username", "Alexandra"}, {"password", "alexandra1"}}).status() ==
          201);
}
