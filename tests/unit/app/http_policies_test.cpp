#include "app/application_core.hpp"
#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/http/scope_builder.hpp>
#include <chanx/routing/http.hpp>
#include <chanx/testing/test_application.hpp>

#include <boost/json/parse.hpp>

#include <string>

// What HTTP routes make of their policies, and paths written inside of handlers and consumers.

namespace {

using support::containing;

struct User {
    std::string id;
};
struct Tokens {
    chanx::awaitable<std::optional<User>> verify(const chanx::Scope&, std::string token) const {
        if (token != "ada-token") co_return std::nullopt;
        co_return User{"ada"};
    }
};
/// With a scheme of its own.
struct ByKey {
    static constexpr std::string_view challenge = "ApiKey realm=\"x\"";
    chanx::awaitable<chanx::Authenticated<User>> authenticate(const chanx::Scope& scope) const {
        const auto key = scope.header("X-Key");
        if (!key) co_return chanx::Authenticated<User>{};
        if (*key != "right") co_return chanx::Authenticated<User>::refused("wrong key");
        co_return chanx::Authenticated<User>{.user = User{"by key"}};
    }
};
/// With none, as a session's.
struct ByCookie {
    chanx::awaitable<std::optional<User>> authenticate(const chanx::Scope&) const { co_return std::nullopt; }
};

struct Inner {
    int b = 0;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (b))
struct Body {
    int a = 0;
    std::optional<Inner> inner;
};
BOOST_DESCRIBE_STRUCT(Body, (), (a, inner))

chanx::awaitable<chanx::Response> echo(chanx::Request request) {
    const auto body = request.json<Body>();
    co_return chanx::Response::of(body);
}
chanx::awaitable<chanx::Response> ok(chanx::Request) {
    co_return chanx::Response::no_content();
}
chanx::awaitable<chanx::Response> wrong_password(chanx::Request) {
    co_return chanx::Response::error(401, "Wrong user name or password");
}
chanx::awaitable<chanx::Response> own_challenge(chanx::Request) {
    auto response = chanx::Response::error(401, "Log in");
    response.set_header("WWW-Authenticate", "Basic realm=\"own\"");
    co_return response;
}
chanx::awaitable<chanx::Response> where(chanx::Request request) {
    const auto id = request.param<std::int64_t>("id");
    co_return chanx::Response::redirect(request.reverse("room", {{"id", id + 1}}));
}
chanx::awaitable<chanx::Response> nowhere(chanx::Request request) {
    co_return chanx::Response::redirect(request.reverse("no-such-route"));
}

struct Where {
    static constexpr std::string_view action = "where";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Where, (), (payload))

class Room final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<chanx::BearerAuthentication<Tokens>>> {
    chanx::awaitable<chanx::ConnectResponse> connect(const chanx::Scope& scope) override {
        if (scope.query("closed")) co_return chanx::ConnectResponse::refuse(401, "Log in first");
        co_return chanx::ConnectResponse::accept();
    }
    chanx::awaitable<> post_authentication() override {
        send_message(Where{scope().reverse("where", {{"id", scope().param<std::int64_t>("id")}})});
        co_return;
    }
};

template <class... As>
using Only = chanx::Policies<chanx::Authentication<As...>, chanx::Permissions<chanx::is_authenticated>>;
using Bearer = chanx::BearerAuthentication<Tokens>;
using Query = chanx::QueryTokenAuthentication<Tokens>;

struct SiteFixture {
    chanx::Application application{{
        chanx::path("loose", chanx::post(echo)),
        chanx::path("strict", chanx::post<chanx::Strict>(echo)),
        chanx::path("bearer", chanx::get<Only<Bearer, Query>>(ok)),
        chanx::path("several", chanx::get<Only<ByKey, ByCookie, Bearer>>(ok)),
        chanx::path("cookie", chanx::get<Only<ByCookie>>(ok)),
        chanx::path("login", chanx::post(wrong_password)),
        chanx::path("own", chanx::post(own_challenge)),
        chanx::path("where/<int:id>", chanx::get(where), {.name = "where"}),
        chanx::path("nowhere", chanx::get(nowhere)),
        chanx::path("ws/<int:id>/", chanx::consumer<Room>(), {.name = "room"}),
    }};
    chanx::testing::TestApplication app{application};
    chanx::testing::HttpClient client{app};

    std::string challenge(const chanx::Response& response) {
        CHECK(response.status() == 401);
        return std::string(response.header("WWW-Authenticate").value_or("none"));
    }
    chanx::Response post(std::string_view target, std::string_view json) {
        return client.post(target, boost::json::parse(json));
    }
};

}  // namespace

TEST_CASE_METHOD(SiteFixture, "under Strict a field that the body's struct lacks is 422, at any depth",
                 "[app][http]") {
    for (const char* fine : {R"({"a":1})", R"({"a":1,"inner":{"b":2}})"}) {
        CHECK(post("/strict", fine).status() == 200);
        CHECK(post("/loose", fine).status() == 200);
    }
    const auto response = post("/strict", R"({"a":1,"c":2,"inner":{"b":2,"d":3}})");
    CHECK(response.status() == 422);
    const auto errors = boost::json::parse(response.body()).at("detail").as_array();
    REQUIRE(errors.size() == 2);
    CHECK(errors[0] ==
          boost::json::parse(
              R"({"type":"extra_forbidden","loc":["c"],"msg":"Extra inputs are not permitted"})"));
    CHECK(errors[1].at("loc") == boost::json::parse(R"(["inner","d"])"));
    CHECK(post("/loose", R"({"a":1,"c":2,"inner":{"b":2,"d":3}})").status() == 200);
}

TEST_CASE_METHOD(SiteFixture, "a 401 says how to authenticate", "[app][http][auth]") {
    CHECK(challenge(client.get("/bearer")) == "Bearer");
    CHECK(challenge(client.get("/bearer", {{"Authorization", "Bearer other"}})) ==
          R"(Bearer error="invalid_token")");
    CHECK(client.get("/bearer", {{"Authorization", "Bearer ada-token"}}).status() == 204);
    CHECK(challenge(client.get("/several")) == R"(ApiKey realm="x", Session, Bearer)");
    CHECK(challenge(client.get("/several", {{"X-Key", "wrong"}})) == R"(ApiKey realm="x", Session, Bearer)");
    CHECK(challenge(client.get("/several", {{"Authorization", "Bearer other"}})) ==
          R"(ApiKey realm="x", Session, Bearer error="invalid_token")");
    CHECK(challenge(client.get("/cookie")) == "Session");
    CHECK(challenge(client.request("POST", "/login")) == "Session");
    CHECK(challenge(client.request("POST", "/own")) == "Basic realm=\"own\"");
    CHECK_FALSE(client.get("/where/1").header("WWW-Authenticate"));
}

TEST_CASE_METHOD(SiteFixture, "an upgrade that connect() refuses with 401 says how to authenticate",
                 "[app][auth]") {
    auto& core = application.core();
    const auto refused = core.refuse_upgrade(chanx::ConnectResponse::refuse(401, "Log in first"), "/ws/1/");
    CHECK(refused.status() == 401);
    CHECK(refused.header("WWW-Authenticate") == "Bearer");
    CHECK_FALSE(
        core.refuse_upgrade(chanx::ConnectResponse::refuse(403, "No"), "/ws/1/").header("WWW-Authenticate"));
}

TEST_CASE_METHOD(SiteFixture, "handlers and consumers write the paths of the application's routes",
                 "[app][routing]") {
    CHECK(client.get("/where/4").header("Location") == "/ws/5/");
    CHECK(client.get("/nowhere").status() == 500);

    auto ada = app.communicator("/ws/7/", {.headers = {{"Authorization", "Bearer ada-token"}}});
    ada.connect();
    ada.assert_authenticated_status_ok();
    CHECK(ada.receive_json().at("payload") == "/where/7");
    ada.disconnect();
}

TEST_CASE("a scope of no application has no routes to write", "[app][routing]") {
    const chanx::Scope scope = chanx::ScopeBuilder().build();
    CHECK_THROWS_AS(scope.reverse("room"), chanx::ConfigurationError);
    CHECK_THROWS_WITH(scope.reverse("room"), containing("belongs to no application"));
}
