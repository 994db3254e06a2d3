#include <chanx/app/application.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <boost/json/parse.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

using chanx::awaitable;
using chanx::Request;
using chanx::Response;
using namespace std::chrono_literals;

struct User {
    std::string id;
};
struct ByHeader {
    awaitable<std::optional<User>> authenticate(const chanx::Scope& scope) const {
        const auto name = scope.header("X-User");
        if (!name) co_return std::nullopt;
        co_return User{std::string(*name)};
    }
};
struct IsAdmin : chanx::BasePermission {
    awaitable<bool> has_permission(const chanx::AccessRequest<User>& request) const {
        co_return request.user != nullptr&& request.user->id == "admin";
    }
};
inline constexpr IsAdmin is_admin{};
using Admins =
    chanx::Policies<chanx::Authentication<ByHeader>, chanx::Permissions<chanx::is_authenticated && is_admin>>;

struct NewRoom {
    std::string name;
    int size = 0;
};
BOOST_DESCRIBE_STRUCT(NewRoom, (), (name, size))

struct Counter {
    int value = 0;
};

awaitable<Response> ok(Request request) {
    co_return Response::text("ok " + std::string(request.path()));
}
awaitable<Response> create(Request request) {
    auto room = request.json<NewRoom>();
    co_await chanx::sleep_for(10ms);
    co_return Response::of(room, 201);
}
awaitable<Response> refuse(Request) {
    throw chanx::ApiException(409, "That name is taken");
    co_return Response();
}
awaitable<Response> busy(Request) {
    throw chanx::ApiException(503, "Busy");
    co_return Response();
}
awaitable<Response> fail(Request) {
    throw std::runtime_error("secret cause");
    co_return Response();
}
awaitable<Response> fail_oddly(Request) {
    throw 5;
    co_return Response();
}
awaitable<Response> count(Request request) {
    ++request.state<Counter>().value;
    co_return Response::text(std::to_string(++request.shard_state<Counter>().value));
}

class Open final : public chanx::JsonWebsocketConsumer<void> {};
struct SlowAuthentication {
    awaitable<std::optional<User>> authenticate(const chanx::Scope&) const {
        co_await chanx::sleep_for(5s);
        co_return User{"slow"};
    }
};
class Waiting final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<SlowAuthentication>> {};

chanx::Router routes() {
    return {
        chanx::path("open/", chanx::consumer<Open>()), chanx::path("waiting/", chanx::consumer<Waiting>()),
        chanx::path("rooms", chanx::get(ok)),          chanx::path("rooms", chanx::post(create)),
        chanx::path("rooms/<int:id>", chanx::del(ok)), chanx::path("admin", chanx::get<Admins>(ok)),
        chanx::path("refuse", chanx::get(refuse)),     chanx::path("busy", chanx::get(busy)),
        chanx::path("fail", chanx::get(fail)),         chanx::path("fail_oddly", chanx::get(fail_oddly)),
        chanx::path("count", chanx::get(count))};
}

struct AppFixture : WithLog, chanx::testing::WebsocketFixture {
    explicit AppFixture(chanx::Settings settings = {}) : WebsocketFixture(make(std::move(settings))) {}
    static std::unique_ptr<chanx::Application> make(chanx::Settings settings) {
        auto application = std::make_unique<chanx::Application>(routes(), std::move(settings));
        application->state(std::make_shared<Counter>());
        application->shard_state<Counter>([] { return std::make_shared<Counter>(Counter{100}); });
        return application;
    }
    chanx::testing::ConnectResult connect(std::string path, chanx::testing::Headers headers = {}) {
        return communicator(std::move(path), std::move(headers)).connect();
    }
};

}  // namespace

TEST_CASE_METHOD(AppFixture, "an upgrade at an unknown path is answered with 404", "[app]") {
    const auto result = connect("/nowhere/");
    CHECK_FALSE(result.accepted);
    CHECK(result.status == 404);
    CHECK(result.body.find("detail") != std::string::npos);
    CHECK(connect("/rooms").status == 404);
}

TEST_CASE_METHOD(
    AppFixture,
    "an upgrade from a foreign or null origin is answered with 403, and one without an origin taken",
    "[app]") {
    CHECK(connect("/open/").accepted);
    CHECK(connect("/open/", {{"Origin", "http://testserver"}}).accepted);
    CHECK(connect("/open/", {{"Origin", "https://evil.example"}}).status == 403);
    CHECK(connect("/open/", {{"Origin", "null"}}).status == 403);
    CHECK(connect("/open/", {{"Origin", "http://testserver.evil.example"}}).status == 403);
    CHECK(application().statistics().refused[chanx::Refusal::origin] == 3);
    CHECK(log.count("event=refused why=origin") == 1);
}

TEST_CASE("configured origins are allowed", "[app]") {
    AppFixture fixture({.allowed_origins = {"https://chat.example"}});
    CHECK(fixture.connect("/open/", {{"Origin", "https://chat.example"}}).accepted);
    CHECK(fixture.connect("/open/", {{"Origin", "https://other.example"}}).status == 403);
}

TEST_CASE("connections that are not let in yet are bounded, per address and in all", "[app]") {
    AppFixture fixture({.max_pending_connections = 3, .max_pending_per_address = 2});
    const auto from = [&](std::string address) {
        return fixture.app().communicator("/waiting/", {.client_address = std::move(address)});
    };
    std::vector<chanx::testing::WebsocketCommunicator> clients;
    const auto status = [&](std::string address) {
        clients.push_back(from(std::move(address)));
        return clients.back().connect().status;
    };
    CHECK(status("10.0.0.1") == 101);
    CHECK(status("10.0.0.1") == 101);
    CHECK(status("10.0.0.1") == 503);
    CHECK(status("10.0.0.2") == 101);
    CHECK(status("10.0.0.3") == 503);
    fixture.app().advance(6s);
    CHECK(status("10.0.0.1") == 101);
    CHECK(status("10.0.0.3") == 101);
}

TEST_CASE("connections are bounded in all", "[app]") {
    AppFixture fixture({.max_connections = 2});
    auto one = fixture.communicator("/open/", {});
    auto two = fixture.communicator("/open/", {});
    CHECK(one.connect().accepted);
    CHECK(two.connect().accepted);
    one.receive_all_json();
    two.receive_all_json();
    CHECK(fixture.connect("/open/").status == 503);
    one.disconnect();
    CHECK(fixture.connect("/open/").accepted);
}

TEST_CASE_METHOD(AppFixture, "routes are found by method and path", "[app][http]") {
    CHECK(client().get("/rooms").body() == "ok /rooms");
    CHECK(client().get("/nowhere").status() == 404);
    CHECK(client().del("/rooms/5").status() == 200);
    CHECK(client().del("/rooms/x").status() == 404);
    const auto other = client().request("PUT", "/rooms");
    CHECK(other.status() == 405);
    REQUIRE(other.header("Allow"));
    CHECK(other.header("Allow")->find("GET") != std::string_view::npos);
    CHECK(other.header("Allow")->find("POST") != std::string_view::npos);
    CHECK(other.header("Allow")->find("DELETE") == std::string_view::npos);
}

TEST_CASE_METHOD(AppFixture, "policies of a route give 401 to anonymous ones and 403 to users",
                 "[app][http]") {
    CHECK(client().get("/admin").status() == 401);
    CHECK(client().get("/admin", {{"X-User", "mallory"}}).status() == 403);
    CHECK(client().get("/admin", {{"X-User", "mallory"}}).body() == R"({"detail":"Permission denied"})");
    CHECK(client().get("/admin", {{"X-User", "admin"}}).status() == 200);
}

TEST_CASE_METHOD(AppFixture, "a JSON body is decoded, and an invalid one answered with all its errors",
                 "[app][http]") {
    const auto created = client().post("/rooms", {{"name", "lobby"}, {"size", 3}});
    CHECK(created.status() == 201);
    CHECK(created.body() == R"({"name":"lobby","size":3})");
    const auto invalid = client().post("/rooms", {{"name", 5}});
    CHECK(invalid.status() == 422);
    const auto body = boost::json::parse(invalid.body());
    REQUIRE(body.at("detail").as_array().size() == 2);
    CHECK(serialize(body.at("detail").at(0).at("loc")) == R"(["name"])");
    CHECK(client().request("POST", "/rooms", "{", {{"Content-Type", "application/json"}}).status() == 422);
    CHECK(client().request("POST", "/rooms", "{}", {{"Content-Type", "text/plain"}}).status() == 415);
    CHECK(client().request("POST", "/rooms", "{}").status() == 415);
}

TEST_CASE_METHOD(AppFixture, "exceptions of handlers become answers without internals", "[app][http]") {
    const auto refused = client().get("/refuse");
    CHECK(refused.status() == 409);
    CHECK(refused.body() == R"({"detail":"That name is taken"})");
    const auto unavailable = client().get("/busy");
    CHECK(unavailable.status() == 503);
    CHECK(unavailable.header("Retry-After"));
    CHECK(log.count("http handler failed") == 0);
    const auto failed = client().get("/fail");
    CHECK(failed.status() == 500);
    CHECK(failed.body() == R"({"detail":"Internal server error"})");
    CHECK(log.line("secret cause").find("path=/fail") != std::string::npos);
    CHECK(client().get("/fail_oddly").status() == 500);
}

TEST_CASE_METHOD(AppFixture, "a request that changes something is refused from a foreign origin",
                 "[app][http]") {
    const boost::json::value room{{"name", "lobby"}, {"size", 3}};
    CHECK(client().post("/rooms", room, {{"Origin", "https://evil.example"}}).status() == 403);
    CHECK(client().post("/rooms", room, {{"Origin", "null"}}).status() == 403);
    CHECK(client().del("/rooms/5", {{"Origin", "https://evil.example"}}).status() == 403);
    CHECK(client().post("/rooms", room, {{"Origin", "http://testserver"}}).status() == 201);
    CHECK(client().get("/rooms", {{"Origin", "https://evil.example"}}).status() == 200);
}

TEST_CASE_METHOD(AppFixture, "a well-formed X-Request-ID comes back, and another is replaced",
                 "[app][http]") {
    CHECK(client().get("/rooms", {{"X-Request-ID", "abc.DEF-1_2"}}).header("X-Request-ID") == "abc.DEF-1_2");
    CHECK(client().get("/nowhere", {{"X-Request-ID", "abc"}}).header("X-Request-ID") == "abc");
    for (const std::string bad : {"a b", "<x>"}) {
        const auto response = client().get("/rooms", {{"X-Request-ID", bad}});
        REQUIRE(response.header("X-Request-ID"));
        CHECK(*response.header("X-Request-ID") != bad);
        CHECK(response.header("X-Request-ID")->size() == 24);
    }
    const auto first = client().get("/rooms");
    const auto second = client().get("/rooms");
    CHECK(first.header("X-Request-ID") != second.header("X-Request-ID"));
}

TEST_CASE_METHOD(AppFixture, "state is shared, and each shard has its own shard state", "[app]") {
    CHECK(client().get("/count").body() == "101");
    CHECK(client().get("/count").body() == "102");
    CHECK(application().states().get<Counter>().value == 2);
}

TEST_CASE("an application can be tested by one test application after another", "[app]") {
    const LogCapture log;
    const auto application = AppFixture::make({});
    for (int i = 0; i < 3; ++i) {
        chanx::testing::TestApplication app(*application);
        auto client = app.communicator("/open/");
        CHECK(client.connect().accepted);
        CHECK(client.receive_all_json().size() == 1);
        CHECK(app.client().get("/count").body() == "101");
    }
    CHECK(application->counts().sessions == 0);
}

TEST_CASE_METHOD(AppFixture, "a thousand connections leave nothing behind", "[app]") {
    for (int i = 0; i < 1000; ++i) {
        auto one = communicator("/open/", {});
        one.connect();
        one.send_message(chanx::PingMessage{});
        if (i % 3 == 0) one.receive_all_json();
        if (i % 3 == 1) one.drop();
        if (i % 3 == 2) one.disconnect();
    }
    app().run_until_idle();
    CHECK(application().counts().sessions == 0);
    CHECK(application().counts().groups == 0);
    CHECK(application().counts().memberships == 0);
}

TEST_CASE("the routes of an application are listed in their order", "[app]") {
    const auto application = AppFixture::make({});
    REQUIRE(application->routes().size() == 11);
    CHECK(application->routes()[0].pattern == "/open/");
    CHECK(application->routes()[0].kind == chanx::RouteInfo::Kind::websocket);
    CHECK(application->routes()[4].method == "DELETE");
}

TEST_CASE("a start reports routes that hide or overlap others", "[app][routing]") {
    LogCapture log;
    chanx::Application application({chanx::path("<str:name>/", chanx::get(ok)), chanx::path("new/", chanx::get(ok)),
                                    chanx::path("<str:a>/x", chanx::get(ok)), chanx::path("b/<str:c>", chanx::get(ok))});
    CHECK(log.lines().empty());
    chanx::testing::TestApplication running(application);
    CHECK(log.line("route can never be reached").find(R"(route="GET \"/new/\"" behind="GET \"/<str:name>/\"")") !=
          std::string::npos);
    CHECK(log.line("routes overlap").find("path=/b/x") != std::string::npos);
    CHECK(log.count("route") == 2);
}

TEST_CASE("an application writes the paths of its named routes", "[app][routing]") {
    const chanx::Application application(
        {chanx::path("api/", chanx::include(chanx::Router{chanx::path("rooms/<int:pk>", chanx::get(ok), {.name = "room"})}),
                     {.name = "api"})});
    CHECK(application.reverse("api:room", {{"pk", 5}}) == "/api/rooms/5");
    CHECK_THROWS_AS(application.reverse("room", {{"pk", 5}}), std::invalid_argument);
}
