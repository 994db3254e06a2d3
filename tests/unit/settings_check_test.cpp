#include "settings_check.hpp"

#include "support/scripted_consumer.hpp"

#include <limits>

namespace {

using namespace std::chrono_literals;

class Zero final : public chanx::WebsocketConsumer {
  public:
    static chanx::SettingsOverride policy_settings() { return {.max_outbox_bytes = 0}; }
};

chanx::awaitable<chanx::Response> count_bytes(chanx::Request request) {
    co_return chanx::Response::text(std::to_string(request.body().size()));
}

chanx::Router routes() {
    return {chanx::path("bytes", chanx::post(count_bytes))};
}

std::string refusal_of(const chanx::Settings& settings) {
    try {
        chanx::detail::check_settings(settings);
    } catch (const chanx::ConfigurationError& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("a setting that nothing could work with is refused by its name, with what is allowed",
          "[settings]") {
    CHECK(refusal_of({}) == "none");
    CHECK(refusal_of({.compression = {.level = 0}}) ==
          "chanx: setting compression.level can't be 0: it must be from 1 to 9");
    CHECK(refusal_of({.compression = {.level = 10}}) ==
          "chanx: setting compression.level can't be 10: it must be from 1 to 9");
    CHECK(refusal_of({.max_message_size = 0}) ==
          "chanx: setting max_message_size can't be 0: it must be at least 1");
    CHECK(refusal_of({.max_outbox_bytes = 0}).find("max_outbox_bytes") != std::string::npos);
    CHECK(refusal_of({.max_mailbox_events = 0}).find("max_mailbox_events") != std::string::npos);
    CHECK(refusal_of({.close_timeout = -1ms}) ==
          "chanx: setting close_timeout can't be -1 ms: it must be from 0 ms to 100 years");
    CHECK(refusal_of({.request_timeout = 0ms}) ==
          "chanx: setting request_timeout can't be 0 ms: it must be from 1 ms to 100 years");
    CHECK(refusal_of({.authentication_timeout = 0ms}).find("authentication_timeout") != std::string::npos);
    CHECK(refusal_of({.hook_timeout = -5s}).find("hook_timeout can't be -5000 ms") != std::string::npos);
    CHECK(refusal_of({.shutdown_timeout = std::chrono::milliseconds::max()}).find("shutdown_timeout") !=
          std::string::npos);
    CHECK(refusal_of({.max_connections_per_address = 0}).find("max_connections_per_address") != std::string::npos);
    CHECK(refusal_of({.max_connections_per_user = 0}).find("max_connections_per_user") != std::string::npos);
    CHECK(refusal_of({.body_timeout = 0ms}).find("body_timeout") != std::string::npos);
    CHECK(refusal_of({.response_timeout = 0ms}).find("response_timeout") != std::string::npos);
    CHECK(refusal_of({.drain_time = 3'600'001ms}) ==
          "chanx: setting drain_time can't be 3600001 ms: it must be from 0 ms to an hour");
    CHECK(refusal_of({.drain_time = -1ms}).find("drain_time") != std::string::npos);
    CHECK(refusal_of({.loop_lag_warning = -1ms}).find("loop_lag_warning") != std::string::npos);
    CHECK(refusal_of({.tls_handshake_timeout = 0ms}).find("tls_handshake_timeout") != std::string::npos);
}

TEST_CASE("zero is allowed where it says something", "[settings]") {
    CHECK(refusal_of({.max_request_body = 0,
                      .max_groups_per_connection = 0,
                      .max_tasks_per_connection = 0,
                      .max_connections = 0,
                      .hook_timeout = 0ms,
                      .close_timeout = 0ms,
                      .drain_time = 0ms,
                      .shutdown_timeout = 0ms,
                      .loop_lag_warning = 0ms}) == "none");
}

TEST_CASE("bad settings are refused when the application or the test is put together", "[settings]") {
    CHECK_THROWS_AS(chanx::Application(routes(), {.hook_timeout = -1ms}), chanx::ConfigurationError);
    CHECK_THROWS_WITH(
        chanx::Application({chanx::path("", chanx::consumer<Zero>())}),
        support::containing("the consumer ") && support::containing("Zero's setting max_outbox_bytes can't be 0"));
    chanx::Application application(routes());
    CHECK_THROWS_AS(chanx::testing::TestApplication(application, {.max_message_size = 0}),
                    chanx::ConfigurationError);
    // It is free again, and as it was.
    CHECK_NOTHROW(chanx::testing::TestApplication(application));
}

TEST_CASE("a test overrides what only a server used, and a body over the bound is answered as by a server",
          "[settings][testing]") {
    chanx::Application application(routes(), {.max_request_body = 10});
    {
        chanx::testing::TestApplication app(application);
        CHECK(app.client().request("POST", "/bytes", std::string(10, 'x')).body() == "10");
        const chanx::Response refused = app.client().request("POST", "/bytes", std::string(11, 'x'));
        CHECK(refused.status() == 413);
        CHECK(refused.body().find("too large") != std::string::npos);
    }
    chanx::testing::TestApplication app(application, {.max_request_body = 20});
    CHECK(app.client().request("POST", "/bytes", std::string(20, 'x')).body() == "20");
    CHECK(app.client().request("POST", "/bytes", std::string(21, 'x')).status() == 413);
}

TEST_CASE("settings of a whole application are overridden and written", "[settings]") {
    const chanx::SettingsOverride all{
        .max_request_body = 1, .request_timeout = 2ms, .shutdown_timeout = 3ms, .loop_lag_warning = 4ms,
        .tls_handshake_timeout = 5ms};
    chanx::Settings settings;
    all.apply_to(settings);
    CHECK(settings.max_request_body == 1);
    CHECK(settings.request_timeout == 2ms);
    CHECK(settings.shutdown_timeout == 3ms);
    CHECK(settings.loop_lag_warning == 4ms);
    CHECK(settings.tls_handshake_timeout == 5ms);
    CHECK(chanx::format_settings(all) ==
          "max_request_body=1 request_timeout=2ms shutdown_timeout=3ms loop_lag_warning=4ms "
          "tls_handshake_timeout=5ms");
}

TEST_CASE("a test application waits for its end as long as shutdown_timeout says", "[settings][testing]") {
    const LogCapture log;
    chanx::SettingsOverride overrides{.hook_timeout = 10s, .shutdown_timeout = 1s};
    const bool patient = GENERATE(true, false);
    if (patient) overrides.shutdown_timeout = 20s;
    const auto application = scripted::Fixture::make({});
    application->states().get<scripted::Script>().on_disconnect =
        [](scripted::Consumer&, chanx::CloseReason) -> chanx::awaitable<> { co_await chanx::sleep_for(5s); };
    {
        chanx::testing::TestApplication app(*application, overrides);
        auto alice = app.communicator("/room/1/");
        alice.connect();
        alice.receive_all_json();
    }
    CHECK(log.count("connection abandoned") == (patient ? 0U : 1U));
}
