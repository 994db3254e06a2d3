#include "app/application_core.hpp"
#include "support/catch.hpp"
#include "support/scripted_consumer.hpp"

#include <algorithm>

using namespace scripted;
using chanx::detail::Refusal;

namespace {

struct AdmissionFixture : Fixture {
    explicit AdmissionFixture(chanx::Settings settings = {}, chanx::SettingsOverride overrides = {})
        : Fixture(std::move(settings), std::move(overrides)) {}

    chanx::detail::ApplicationCore& core() { return application().core(); }
    chanx::testing::WebsocketCommunicator from(std::string address, chanx::testing::Headers headers = {}) {
        return app().communicator(ws_path,
                                  {.headers = std::move(headers), .client_address = std::move(address)});
    }
    int status(std::string address, chanx::testing::Headers headers = {}) {
        clients.push_back(from(std::move(address), std::move(headers)));
        return clients.back().connect().status;
    }

    std::vector<chanx::testing::WebsocketCommunicator> clients;
};

}  // namespace

TEST_CASE("WebSocket connections are bounded by address, an IPv6 /64 being one, and loopback has no bound",
          "[app][admission]") {
    AdmissionFixture fixture({.max_connections_per_address = 2});
    CHECK(fixture.status("203.0.113.7") == 101);
    CHECK(fixture.status("203.0.113.7") == 101);
    auto third = fixture.from("203.0.113.7");
    const auto refused = third.connect();
    CHECK(refused.status == 503);
    CHECK(refused.body.find("this address") != std::string::npos);
    CHECK(fixture.status("::ffff:203.0.113.7") == 503);
    CHECK(fixture.status("203.0.113.8") == 101);
    CHECK(fixture.status("2001:db8::1") == 101);
    CHECK(fixture.status("2001:db8::2") == 101);
    CHECK(fixture.status("2001:db8::3") == 503);
    CHECK(fixture.status("2001:db8:0:1::3") == 101);
    for (const char* address : {"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
        for (int i = 0; i < 3; ++i) CHECK(fixture.status(address) == 101);
    }
    CHECK(fixture.core().refusals().of(Refusal::address) == 3);
    // A place that is given up is free again.
    fixture.clients.front().disconnect();
    CHECK(fixture.status("203.0.113.7") == 101);
    fixture.clients.clear();
}

TEST_CASE("behind a trusted proxy the client that it names is counted", "[app][admission]") {
    AdmissionFixture fixture({.max_connections_per_address = 1, .trusted_proxies = {"10.0.0.1"}});
    CHECK(fixture.status("10.0.0.1", {{"X-Forwarded-For", "203.0.113.7"}}) == 101);
    CHECK(fixture.status("10.0.0.1", {{"X-Forwarded-For", "203.0.113.8"}}) == 101);
    CHECK(fixture.status("10.0.0.1", {{"X-Forwarded-For", "203.0.113.7"}}) == 503);
    // Nobody else is believed.
    CHECK(fixture.status("10.0.0.2", {{"X-Forwarded-For", "203.0.113.9"}}) == 101);
    CHECK(fixture.status("10.0.0.2", {{"X-Forwarded-For", "203.0.113.10"}}) == 503);
}

TEST_CASE("a user's connection over the bound is told 429 and closed with 1013, and no hook of it runs",
          "[app][admission]") {
    AdmissionFixture fixture({}, {.max_connections_per_user = 2});
    auto one = fixture.in_room("ada");
    auto two = fixture.in_room("ada");
    const std::size_t joined = fixture.traced("build_groups");
    auto three = fixture.as("ada");
    CHECK(three.connect().accepted);
    CHECK(three.receive_text() ==
          R"({"action":"authentication","payload":{"status_code":429,"status_text":"Too Many Requests",)"
          R"("data":{"detail":"Too many connections"}}})");
    three.assert_closed(1013);
    CHECK(fixture.traced("build_groups") == joined);
    CHECK(fixture.traced("on_disconnect") == 0);
    CHECK(fixture.core().refusals().of(Refusal::user) == 1);
    auto other = fixture.as("bob");
    other.connect();
    other.assert_authenticated_status_ok();
    one.disconnect();
    auto again = fixture.as("ada");
    again.connect();
    again.assert_authenticated_status_ok();
}

TEST_CASE("anonymous connections are of no user", "[app][admission]") {
    AdmissionFixture fixture({}, {.max_connections_per_user = 1});
    std::vector<chanx::testing::WebsocketCommunicator> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(fixture.communicator(fixture.ws_path, {}));
        clients.back().connect();
        clients.back().assert_authenticated_status_ok();
    }
}

TEST_CASE("places are given back however a connection ends", "[app][admission]") {
    AdmissionFixture fixture({.max_connections_per_address = 100});
    const auto& table = fixture.core().connections();
    fixture.script.connect = [](const chanx::Scope&) -> chanx::awaitable<chanx::ConnectResponse> {
        co_return chanx::ConnectResponse::refuse(403, "No");
    };
    CHECK(fixture.status("203.0.113.7", {{"X-User", "ada"}}) == 403);
    CHECK(table.size() == 0);
    fixture.script.connect = nullptr;
    fixture.script.permission = [](const User*) { return false; };
    CHECK(fixture.status("203.0.113.7", {{"X-User", "ada"}}) == 101);
    fixture.clients.back().assert_closed(4403);
    fixture.app().run_until_idle();
    fixture.script.permission = nullptr;
    CHECK(fixture.status("203.0.113.7", {{"X-User", "ada"}}) == 101);
    fixture.clients.back().assert_authenticated_status_ok();
    CHECK(table.size() == 1);
    CHECK(table.users() == 1);
    fixture.clients.back().disconnect();
    CHECK(fixture.status("203.0.113.7", {{"X-User", "ada"}}) == 101);
    fixture.clients.back().drop();
    fixture.app().advance(20s);
    CHECK(table.size() == 0);
    CHECK(table.addresses() == 0);
    CHECK(table.users() == 0);
}

TEST_CASE("hosts that are not allowed are answered with 421, over HTTP too", "[app][admission]") {
    AdmissionFixture fixture({.allowed_hosts = {"testserver", "*.chat.example"}});
    CHECK(fixture.status("127.0.0.1") == 101);
    CHECK(fixture.status("127.0.0.1", {{"Host", "a.chat.example:8000"}}) == 101);
    CHECK(fixture.status("127.0.0.1", {{"Host", "chat.example"}}) == 421);
    CHECK(fixture.client().request("GET", "/none", "", {{"Host", "evil.example"}}).status() == 421);
    CHECK(fixture.client().request("GET", "/none").status() == 404);
    CHECK(fixture.core().refusals().of(Refusal::host) == 2);
    CHECK_THROWS_AS(AdmissionFixture({.allowed_hosts = {"https://chat.example"}}), chanx::ConfigurationError);
}

TEST_CASE("draining closes everybody once, at random times over the spread, and lets nobody in",
          "[app][admission][drain]") {
    AdmissionFixture fixture;
    constexpr std::size_t count = 200;
    std::vector<chanx::testing::WebsocketCommunicator> clients;
    for (std::size_t i = 0; i < count; ++i) clients.push_back(fixture.in_room("u" + std::to_string(i)));
    std::vector<std::pair<std::chrono::milliseconds, std::string>> ended;
    const auto began = fixture.app().elapsed();
    fixture.script.on_disconnect = [&](Consumer& consumer, chanx::CloseReason) -> chanx::awaitable<> {
        ended.emplace_back(fixture.app().elapsed() - began, consumer.user().id);
        co_return;
    };
    fixture.core().start_draining(4s);
    fixture.app().advance(1s);
    CHECK(ended.size() > count / 8);
    CHECK(ended.size() < count / 2);
    CHECK(fixture.status("127.0.0.1") == 503);
    CHECK(fixture.core().refusals().of(Refusal::draining) == 1);
    fixture.app().advance(3050ms);
    REQUIRE(ended.size() == count);
    CHECK(fixture.traced("on_disconnect 1001") == count);
    CHECK(ended.back().first > 3500ms);
    std::vector<std::string> order;
    std::vector<std::string> came;
    for (std::size_t i = 0; i < count; ++i) {
        order.push_back(ended[i].second);
        came.push_back("u" + std::to_string(i));
    }
    CHECK(order != came);
    CHECK(std::ranges::is_permutation(order, came));
    for (auto& client : clients) client.assert_closed(1001);
    fixture.script.on_disconnect = nullptr;
}
