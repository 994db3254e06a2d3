#pragma once

// One consumer whose hooks a test writes: what most tests of the connection's life need.

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace scripted {

using namespace std::chrono_literals;

struct User {
    std::string id;
};
struct Room {
    std::int64_t id = 0;
};

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Say::payload, 0, 1000));
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

class Consumer;

/// A test's hooks. It lives in the application's state, so the functions outlive the coroutines made of them.
struct Script {
    std::function<chanx::awaitable<chanx::ConnectResponse>(const chanx::Scope&)> connect;
    std::function<chanx::awaitable<chanx::Authenticated<User>>(const chanx::Scope&)> authenticate;
    std::function<bool(const User*)> permission;
    std::function<chanx::awaitable<std::optional<Room>>(const chanx::Scope&)> lookup;
    std::function<chanx::awaitable<std::vector<std::string>>(Consumer&)> build_groups;
    std::function<chanx::awaitable<>(Consumer&)> post_authentication;
    std::function<chanx::awaitable<>(Consumer&, std::string)> say;
    std::function<chanx::awaitable<>(Consumer&, chanx::CloseReason)> on_disconnect;
    /// What happened, in order.
    std::vector<std::string> trace;
};

/// The user is who the header X-User names.
struct HeaderAuthentication {
    chanx::awaitable<chanx::Authenticated<User>> authenticate(const chanx::Scope& scope) const {
        const auto& script = scope.state<Script>();
        if (script.authenticate) co_return co_await script.authenticate(scope);
        chanx::Authenticated<User> found;
        if (const auto name = scope.header("X-User")) found.user = User{std::string(*name)};
        co_return found;
    }
};

struct AsTheScriptSays : chanx::BasePermission {
    bool has_permission(const chanx::AccessRequest<User>& request) const {
        const auto& script = request.scope.state<Script>();
        return !script.permission || script.permission(request.user);
    }
};
inline constexpr AsTheScriptSays as_the_script_says{};

inline chanx::awaitable<std::optional<Room>> find_room(const chanx::Scope& scope) {
    const auto& script = scope.state<Script>();
    if (script.lookup) co_return co_await script.lookup(scope);
    co_return Room{scope.param<std::int64_t>("pk")};
}

struct ConsumerPolicies
    : chanx::Policies<chanx::Authentication<HeaderAuthentication>, chanx::Permissions<as_the_script_says>,
                      chanx::Lookup<find_room>, chanx::IncomingMessages<chanx::PingMessage, Say>,
                      chanx::GroupMessages<Said>> {};

/// Every hook writes into the trace, then does what the script says.
class Consumer final : public chanx::JsonWebsocketConsumer<Room, ConsumerPolicies> {
  public:
    using JsonWebsocketConsumer::close;
    using JsonWebsocketConsumer::connection_id;
    using JsonWebsocketConsumer::flush;
    using JsonWebsocketConsumer::groups;
    using JsonWebsocketConsumer::join_group;
    using JsonWebsocketConsumer::joined;
    using JsonWebsocketConsumer::leave_group;
    using JsonWebsocketConsumer::maybe_user;
    using JsonWebsocketConsumer::object;
    using JsonWebsocketConsumer::scope;
    using JsonWebsocketConsumer::send_group_message;
    using JsonWebsocketConsumer::send_json;
    using JsonWebsocketConsumer::send_message;
    using JsonWebsocketConsumer::send_to_groups;
    using JsonWebsocketConsumer::sender_handle;
    using JsonWebsocketConsumer::spawn;
    using JsonWebsocketConsumer::user;

    Script& script() const { return scope().state<Script>(); }
    void note(std::string text) const { script().trace.push_back(std::move(text)); }

  protected:
    chanx::awaitable<chanx::ConnectResponse> connect(const chanx::Scope& request) override {
        if (script().connect) co_return co_await script().connect(request);
        co_return chanx::ConnectResponse::accept();
    }
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        note("build_groups");
        if (script().build_groups) co_return co_await script().build_groups(*this);
        co_return std::vector<std::string>{"room_" + std::to_string(object().id)};
    }
    chanx::awaitable<> post_authentication() override {
        note("post_authentication");
        if (script().post_authentication) co_await script().post_authentication(*this);
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message),
            [this](const Say& say) -> chanx::awaitable<> {
                note("say " + say.payload);
                if (script().say) {
                    co_await script().say(*this, say.payload);
                } else {
                    send_message(Said{say.payload});
                }
            },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
    chanx::awaitable<> on_disconnect(chanx::CloseReason reason) override {
        note("on_disconnect " + std::to_string(reason.code));
        if (script().on_disconnect) co_await script().on_disconnect(*this, std::move(reason));
    }
};

inline chanx::awaitable<> nothing() {
    co_return;
}

struct Fixture : WithLog, chanx::testing::WebsocketFixture {
    explicit Fixture(chanx::Settings settings = {}, chanx::SettingsOverride overrides = {})
        : WebsocketFixture(make(std::move(settings)), std::move(overrides)),
          script(application().states().get<Script>()) {
        ws_path = "/room/1/";
    }

    static std::unique_ptr<chanx::Application> make(chanx::Settings settings) {
        auto application = std::make_unique<chanx::Application>(
            chanx::Router{chanx::path("room/<int:pk>/", chanx::consumer<Consumer>())}, std::move(settings));
        application->state(std::make_shared<Script>());
        return application;
    }

    chanx::testing::WebsocketCommunicator as(std::string user) {
        return communicator(ws_path, {{"X-User", std::move(user)}});
    }
    /// Connected, and the connect phase's frames taken.
    chanx::testing::WebsocketCommunicator in_room(std::string user) {
        auto communicator = as(std::move(user));
        communicator.connect();
        communicator.receive_all_json();
        return communicator;
    }
    /// How often the trace holds what begins like this.
    std::size_t traced(std::string_view beginning) const {
        std::size_t found = 0;
        for (const auto& line : script.trace) found += line.starts_with(beginning) ? 1 : 0;
        return found;
    }

    Script& script;
};

inline constexpr std::string_view authenticated =
    R"({"action":"authentication","payload":{"status_code":200,"status_text":"OK","data":{"detail":"OK"}}})";
inline constexpr std::string_view complete = R"({"action":"complete","payload":null})";
inline constexpr std::string_view group_complete = R"({"action":"group_complete","payload":null})";

}  // namespace scripted
