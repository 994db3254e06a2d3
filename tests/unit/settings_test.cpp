#include <chanx/settings.hpp>

#include "support/scripted_consumer.hpp"

namespace {

class Plain final : public chanx::JsonWebsocketConsumer<void> {};
class Completing final : public chanx::JsonWebsocketConsumer<void, chanx::SendCompletion<true>> {};
class Silent final : public chanx::JsonWebsocketConsumer<void, chanx::SendCompletion<false>> {};
class NoAuthenticationFrame final
    : public chanx::JsonWebsocketConsumer<void, chanx::SendAuthenticationMessage<false>> {};
struct Refusing : chanx::BasePermission {
    template <class User>
    bool has_permission(const chanx::AccessRequest<User>&) const {
        return false;
    }
};
class SilentlyRefusing final
    : public chanx::JsonWebsocketConsumer<void, chanx::SendAuthenticationMessage<false>,
                                          chanx::Permissions<Refusing{}>> {};
class Small final : public chanx::JsonWebsocketConsumer<void, chanx::MaxMessageSize<100>> {};

chanx::Router routes() {
    return {chanx::path("plain/", chanx::consumer<Plain>()),
            chanx::path("completing/", chanx::consumer<Completing>()),
            chanx::path("silent/", chanx::consumer<Silent>()),
            chanx::path("unannounced/", chanx::consumer<NoAuthenticationFrame>()),
            chanx::path("refusing/", chanx::consumer<SilentlyRefusing>()),
            chanx::path("small/", chanx::consumer<Small>())};
}

struct SettingsFixture : WithLog, chanx::testing::WebsocketFixture {
    explicit SettingsFixture(chanx::Settings settings = {}, chanx::SettingsOverride overrides = {})
        : WebsocketFixture(std::make_unique<chanx::Application>(routes(), std::move(settings)),
                           std::move(overrides)) {}

    chanx::testing::WebsocketCommunicator connected(std::string path) {
        auto made = communicator(std::move(path), {});
        made.connect();
        return made;
    }
    /// Whether a handled ping is followed by `complete`.
    bool completes(const std::string& path) {
        auto client = connected(path);
        client.send_message(chanx::PingMessage{});
        client.receive_until_action("pong");
        return !client.receive_nothing();
    }
};

}  // namespace

TEST_CASE("an override replaces what it sets and nothing else", "[settings]") {
    chanx::Settings settings;
    settings.max_message_size = 5;
    settings.log_sent_messages = false;
    chanx::SettingsOverride{
        .send_completion = true, .max_outbox_bytes = 7, .log_ignored_actions = std::vector<std::string>{"x"}}
        .apply_to(settings);
    CHECK(settings.send_completion);
    CHECK(settings.max_outbox_bytes == 7);
    CHECK(settings.log_ignored_actions == std::vector<std::string>{"x"});
    CHECK(settings.max_message_size == 5);
    CHECK_FALSE(settings.log_sent_messages);
    chanx::SettingsOverride{}.apply_to(settings);
    CHECK(settings.send_completion);
}

TEST_CASE("settings are written on one line, all of them", "[settings]") {
    chanx::Settings settings;
    settings.allowed_origins = {"https://a.example", "https://b.example"};
    settings.camelize = true;
    CHECK(chanx::format_settings(settings) ==
          "send_completion=false send_authentication_message=true max_message_size=1048576 "
          "max_outbox_bytes=4194304 max_message_fragments=131072 max_request_body=1048576 "
          "max_groups_per_connection=128 max_mailbox_events=1024 max_tasks_per_connection=64 compression=off message_rate=none "
          "user_message_rate=none max_rate_limited=100 max_connections=100000 max_pending_connections=4096 "
          "max_pending_per_address=1024 max_connections_per_address=1000 max_connections_per_user=10000 "
          "request_timeout=15000ms body_timeout=30000ms response_timeout=60000ms authentication_timeout=10000ms "
          "ping_interval=30000ms idle_timeout=90000ms hook_timeout=10000ms close_timeout=5000ms drain_time=5000ms "
          "shutdown_timeout=10000ms loop_lag_warning=100ms tls_handshake_timeout=10000ms log_received_messages=true "
          "log_sent_messages=true log_ignored_actions=ping,pong,complete,group_complete "
          "allowed_origins=https://a.example,https://b.example allowed_hosts= trusted_proxies= action_key=action camelize=true");
    CHECK(chanx::format_settings(chanx::SettingsOverride{}).empty());
    CHECK(chanx::format_settings(chanx::SettingsOverride{.send_completion = true,
                                                         .max_mailbox_events = 3,
                                                         .hook_timeout = std::chrono::seconds(1)}) ==
          "send_completion=true max_mailbox_events=3 hook_timeout=1000ms");
    CHECK(chanx::format_settings(chanx::SettingsOverride{
              .compression = chanx::CompressionOptions{.enabled = true, .level = 6, .min_size = 10, .max_size = 20}}) ==
          "compression=level:6,sizes:10-20");
}

TEST_CASE_METHOD(SettingsFixture, "an application logs its settings and those of its consumers' policies",
                 "[settings]") {
    application().log_settings();
    CHECK(log.line("event=settings").find("max_outbox_bytes=4194304") != std::string::npos);
    CHECK(log.count("settings of consumer") == 5);
    CHECK(log.line("Small").find("max_message_size=100") != std::string::npos);
    CHECK(log.count("Plain") == 0);
}

TEST_CASE("the test's override holds over the consumer's policy", "[settings]") {
    SettingsFixture on({.send_completion = false}, {.send_completion = true});
    CHECK(on.completes("/plain/"));
    CHECK(on.completes("/silent/"));
    SettingsFixture off({.send_completion = true}, {.send_completion = false});
    CHECK_FALSE(off.completes("/plain/"));
    CHECK_FALSE(off.completes("/completing/"));
}

TEST_CASE("the consumer's policy holds over the application's setting, and that over the default",
          "[settings]") {
    const auto effective = [](bool application, const chanx::detail::ConsumerType& type) {
        chanx::Settings settings{.send_completion = application};
        type.settings().apply_to(settings);
        return settings.send_completion;
    };
    CHECK(effective(false, chanx::detail::consumer_type<Completing>()));
    CHECK_FALSE(effective(true, chanx::detail::consumer_type<Silent>()));
    CHECK(effective(true, chanx::detail::consumer_type<Plain>()));
    CHECK_FALSE(effective(false, chanx::detail::consumer_type<Plain>()));
    CHECK_FALSE(chanx::Settings{}.send_completion);
}

TEST_CASE_METHOD(SettingsFixture, "SendAuthenticationMessage<false> sends no authentication frame",
                 "[settings]") {
    auto let_in = connected("/unannounced/");
    CHECK(let_in.receive_text() == scripted::complete);
    CHECK(let_in.receive_nothing());
    auto refused = connected("/refusing/");
    // Nothing but the Close.
    CHECK_THROWS_WITH(refused.receive_text(), support::containing("closed with 4401"));
    refused.assert_closed(4401);
}

TEST_CASE_METHOD(SettingsFixture, "MaxMessageSize bounds one consumer's messages", "[settings]") {
    auto small = connected("/small/");
    small.receive_all_json();
    small.send_text(R"({"action":"ping","payload":")" + std::string(50, 'x') + "\"}");
    CHECK(small.receive_all_json().size() == 1);
    small.send_text(R"({"action":"ping","payload":")" + std::string(80, 'x') + "\"}");
    small.assert_closed(1009);
}

TEST_CASE("camelize holds for all names of the framework and of messages, and not for values", "[settings]") {
    scripted::Fixture room({.camelize = true});
    auto alice = room.as("alice");
    alice.connect();
    CHECK(
        alice.receive_text() ==
        R"({"action":"authentication","payload":{"statusCode":200,"statusText":"OK","data":{"detail":"OK"}}})");
    CHECK(alice.receive_text() == scripted::complete);
    room.script.say = [](scripted::Consumer& self, std::string text) -> chanx::awaitable<> {
        self.send_group_message(scripted::Said{text});
        return scripted::nothing();
    };
    alice.send_message(scripted::Say{"snake_case"});
    CHECK(alice.receive_text() ==
          R"({"action":"said","payload":"snake_case","isMine":true,"isCurrent":true})");
    CHECK(alice.receive_text() == scripted::group_complete);
}

TEST_CASE("assert_authenticated_status_ok understands camelized frames", "[settings]") {
    scripted::Fixture room({.camelize = true});
    auto alice = room.as("alice");
    alice.connect();
    alice.assert_authenticated_status_ok();
}

TEST_CASE("action_key is the key of every frame, in and out", "[settings]") {
    scripted::Fixture room({.action_key = "type"});
    auto alice = room.as("alice");
    alice.connect();
    CHECK(alice.receive_text().starts_with(R"({"type":"authentication")"));
    CHECK(alice.receive_text() == R"({"type":"complete","payload":null})");
    alice.send_text(R"({"type":"say","payload":"hi"})");
    CHECK(alice.receive_all_json().at(0).at("type") == "said");
    alice.send_text(R"({"action":"say","payload":"hi"})");
    CHECK(alice.receive_all_json().at(0).at("type") == "error");
}

TEST_CASE("handled and sent messages are logged by action, but for those ignored, and never with contents",
          "[settings][logging]") {
    scripted::Fixture room;
    chanx::set_log_level(chanx::LogLevel::debug);
    auto alice = room.in_room("alice");
    alice.send_message(scripted::Say{"private words"});
    alice.send_message(chanx::PingMessage{});
    alice.receive_all_json();
    CHECK(room.log.line("message handled").find("action=say") != std::string::npos);
    CHECK(room.log.line("message handled").find("user=alice") != std::string::npos);
    CHECK(room.log.line("message sent").find("action=authentication") != std::string::npos);
    CHECK(room.log.count("action=ping") == 0);
    CHECK(room.log.count("action=pong") == 0);
    CHECK(room.log.count("action=complete") == 0);
    CHECK(room.log.count("private words") == 0);
}

TEST_CASE("a test overrides the settings of the whole application too", "[settings][testing]") {
    using chanx::testing::Headers;
    SECTION("the shape of frames") {
        SettingsFixture app({}, {.action_key = "type", .camelize = true});
        auto client = app.connected("/plain/");
        CHECK(client.receive_text() ==
              R"({"type":"authentication","payload":{"statusCode":200,"statusText":"OK","data":{"detail":"OK"}}})");
        CHECK(client.receive_text() == R"({"type":"complete","payload":null})");
        client.send_message(chanx::PingMessage{});
        CHECK(client.receive_all_json().at(0).at("type") == "pong");
    }
    SECTION("a key that frames need for something else") {
        CHECK_THROWS_AS(SettingsFixture({}, {.action_key = "payload"}), chanx::ConfigurationError);
    }
    SECTION("the bound of connections") {
        SettingsFixture app({}, {.max_connections = 1});
        auto first = app.connected("/plain/");
        first.receive_all_json();
        CHECK(app.communicator("/plain/", {}).connect().status == 503);
        first.disconnect();
        CHECK(app.communicator("/plain/", {}).connect().accepted);
    }
    SECTION("the bounds of those not yet let in") {
        SettingsFixture all({}, {.max_pending_connections = 0});
        CHECK(all.communicator("/plain/", {}).connect().status == 503);
        SettingsFixture each({}, {.max_pending_per_address = 0});
        CHECK(each.communicator("/plain/", {}).connect().status == 503);
    }
    SECTION("origins") {
        SettingsFixture app({.allowed_origins = {"https://a.example"}}, {.allowed_origins = {{"https://b.example"}}});
        const auto status = [&](std::string origin) {
            return app.communicator("/plain/", {{"Origin", std::move(origin)}}).connect().status;
        };
        CHECK(status("https://a.example") == 403);
        CHECK(status("https://b.example") == 101);
        CHECK(status("http://testserver") == 101);
    }
}

TEST_CASE("a test's overrides end with its test application", "[settings][testing]") {
    const LogCapture log;
    chanx::Application application(routes(), {});
    for (const bool overridden : {true, false}) {
        chanx::SettingsOverride overrides;
        if (overridden) overrides.action_key = "type";
        chanx::testing::TestApplication app(application, overrides);
        auto client = app.communicator("/plain/");
        client.connect();
        CHECK(client.receive_json().contains("type") == overridden);
    }
}
