#include <chanx/auth/session.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace {

using namespace std::chrono_literals;

struct User {
    int id = 0;
};

struct Store final : chanx::SessionStore<User> {
    chanx::awaitable<std::optional<chanx::StoredSession<User>>> find(std::string key) override {
        const auto found = sessions.find(key);
        if (found == sessions.end()) co_return std::nullopt;
        co_return found->second;
    }
    chanx::awaitable<> save(std::string key, chanx::StoredSession<User> session) override {
        sessions.insert_or_assign(std::move(key), session);
        co_return;
    }
    chanx::awaitable<> remove(std::string key) override {
        sessions.erase(key);
        co_return;
    }
    std::map<std::string, chanx::StoredSession<User>> sessions;
};

using LoggedIn = chanx::Policies<chanx::Authentication<chanx::SessionAuthentication<User>>,
                                 chanx::Permissions<chanx::is_authenticated>>;

class Desk final : public chanx::JsonWebsocketConsumer<void, LoggedIn> {};

chanx::awaitable<chanx::Response> log_in(chanx::Request request) {
    auto& store = request.state<chanx::SessionStore<User>>();
    auto response = chanx::Response::no_content();
    const std::chrono::seconds lifetime(std::stoi(request.query("lifetime").value_or("3600")));
    response.set_cookie(co_await chanx::log_in(store, User{7}, lifetime, false));
    co_return response;
}
chanx::awaitable<chanx::Response> show_me(chanx::Request request) {
    co_return chanx::Response::text(std::to_string(request.user<User>().id) + " " +
                                    std::string(request.scope().session_key()));
}

struct LoginFixture : WithLog, chanx::testing::WebsocketFixture {
    LoginFixture()
        : WebsocketFixture(make()),
          store(static_cast<Store&>(application().states().get<chanx::SessionStore<User>>())) {
        ws_path = "/desk/";
    }
    static std::unique_ptr<chanx::Application> make() {
        auto application = std::make_unique<chanx::Application>(chanx::Router{
            chanx::path("desk/", chanx::consumer<Desk>()), chanx::path("login", chanx::post(log_in)),
            chanx::path("me", chanx::get<LoggedIn>(show_me))});
        application->state<chanx::SessionStore<User>>(std::make_shared<Store>());
        return application;
    }
    Store& store;
};

}  // namespace

TEST_CASE("a session id is 256 random bits in hexadecimal, known to its store by a hash only",
          "[auth][session]") {
    std::set<std::string> ids;
    for (int i = 0; i < 100; ++i) {
        const auto made = chanx::make_session_id();
        CHECK(made.id.size() == 64);
        CHECK(std::ranges::all_of(made.id,
                                  [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }));
        CHECK(made.key != made.id);
        CHECK(made.key == chanx::session_key_of(made.id));
        ids.insert(made.id);
    }
    CHECK(ids.size() == 100);
}

TEST_CASE("the key is the SHA-256 of the id", "[auth][session]") {
    // Computed with sha256sum.
    CHECK(chanx::session_key_of(std::string(64, 'a')) ==
          "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

TEST_CASE("a cookie's value that can't be a session id has no key", "[auth][session]") {
    CHECK(chanx::session_key_of("").empty());
    CHECK(chanx::session_key_of(std::string(63, 'a')).empty());
    CHECK(chanx::session_key_of(std::string(65, 'a')).empty());
    CHECK(chanx::session_key_of(std::string(63, 'a') + "A").empty());
    CHECK(chanx::session_key_of(std::string(63, 'a') + "g").empty());
    CHECK(chanx::session_key_of(std::string(63, 'a') + std::string(1, '\0')).empty());
}

TEST_CASE("the session cookie is HttpOnly, SameSite=Lax, and Secure when told so", "[auth][session]") {
    const auto plain = chanx::serialize(chanx::session_cookie("abc", 60s, false));
    CHECK(plain.starts_with("sessionid=abc"));
    CHECK(plain.find("HttpOnly") != std::string::npos);
    CHECK(plain.find("SameSite=Lax") != std::string::npos);
    CHECK(plain.find("Max-Age=60") != std::string::npos);
    CHECK(plain.find("Secure") == std::string::npos);
    CHECK(chanx::serialize(chanx::session_cookie("abc", 60s, true)).find("Secure") != std::string::npos);
}

TEST_CASE_METHOD(LoginFixture, "a login's cookie opens HTTP routes and WebSockets", "[auth][session]") {
    CHECK(client().get("/me").status() == 401);
    CHECK(client().post("/login", {}).status() == 204);
    const auto me = client().get("/me");
    CHECK(me.status() == 200);
    REQUIRE(store.sessions.size() == 1);
    CHECK(me.body() == "7 " + store.sessions.begin()->first);
    auto desk = communicator();
    desk.connect();
    desk.assert_authenticated_status_ok();
}

TEST_CASE_METHOD(LoginFixture, "a forged cookie and one whose login was removed open nothing",
                 "[auth][session]") {
    client().post("/login", {});
    store.sessions.clear();
    CHECK(client().get("/me").status() == 401);
    const std::string forged = "sessionid=" + std::string(64, 'a');
    CHECK(app().client().get("/me", {{"Cookie", forged}}).status() == 401);
    CHECK(app().client().get("/me", {{"Cookie", "sessionid=x"}}).status() == 401);
    auto desk = communicator("/desk/", {{"Cookie", forged}});
    desk.connect();
    desk.assert_closed(4401);
}

TEST_CASE_METHOD(LoginFixture, "every login has a new session id", "[auth][session]") {
    client().post("/login", {});
    const auto first = client().cookie_headers();
    client().post("/login", {});
    CHECK(first != client().cookie_headers());
    CHECK(store.sessions.size() == 2);
}

TEST_CASE_METHOD(LoginFixture, "closing a session closes its connections with 4401 and no others",
                 "[auth][session]") {
    client().post("/login", {});
    const std::string key = store.sessions.begin()->first;
    auto one = communicator();
    auto two = communicator();
    one.connect();
    two.connect();
    one.receive_all_json();
    two.receive_all_json();
    client().post("/login", {});
    auto other = communicator();
    other.connect();
    other.receive_all_json();
    application().close_session(key);
    one.assert_closed(4401);
    CHECK(one.close_reason() == "Logged out");
    two.assert_closed(4401);
    CHECK(other.receive_nothing());
    CHECK(other.close_code() == 0);
}

TEST_CASE_METHOD(LoginFixture, "a login that expires closes its connections with 4401", "[auth][session]") {
    client().request("POST", "/login?lifetime=60");
    auto desk = communicator();
    desk.connect();
    desk.receive_all_json();
    app().advance(58s);
    CHECK(desk.receive_nothing());
    CHECK(desk.close_code() == 0);
    desk.assert_closed(4401, 5s);
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(LoginFixture, "a login may expire as far away as a clock can tell", "[auth][session]") {
    client().post("/login", {});
    const auto key = store.sessions.begin()->first;
    SECTION("never") {
        store.sessions.at(key).expires_at = std::chrono::system_clock::time_point::max();
    }
    SECTION("long ago") {
        store.sessions.at(key).expires_at = std::chrono::system_clock::time_point::min();
    }
    const bool expired = store.sessions.at(key).expires_at < std::chrono::system_clock::now();
    auto desk = communicator();
    desk.connect();
    app().advance(1s);
    if (expired) {
        desk.assert_closed(4401);
    } else {
        desk.assert_authenticated_status_ok();
        CHECK(desk.receive_all_json().empty());
        CHECK(desk.close_code() == 0);
    }
}
