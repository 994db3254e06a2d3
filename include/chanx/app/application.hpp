#pragma once

#include <chanx/layer/channel_layer.hpp>
#include <chanx/message/message.hpp>
#include <chanx/routing/router.hpp>
#include <chanx/settings.hpp>
#include <chanx/state.hpp>
#include <chanx/version.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {
namespace detail {

class ApplicationCore;

}  // namespace detail

/// Routes, channel layer, state and settings: all of an application but its socket. Put together first, then
/// given to a Server or a TestApplication, which it must outlive.
///
/// @code
/// chanx::Application app(routes(), {.send_completion = true});
/// app.state(std::make_shared<Store>("chat.sqlite3"));
/// chanx::Server(app, {.port = 8000}).run();
/// @endcode
class Application {
  public:
    /// @throws ConfigurationError for routes that can't work, naming them
    explicit Application(const Router& routes, Settings settings = {});
    ~Application();
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    /// Adds an object of the application, read with scope.state<T>(). All shards share it, so it must be
    /// thread-safe. Before a server starts.
    template <class T>
    Application& state(std::shared_ptr<T> object) {
        states().add(std::move(object));
        return *this;
    }
    /// Adds an object that each shard has its own of, read with scope.shard_state<T>(). The factory is called
    /// once for each shard, when the server starts.
    template <class T>
    Application& shard_state(std::function<std::shared_ptr<T>()> factory) {
        add_shard_factory([factory = std::move(factory)](StateMap& states) { states.add(factory()); });
        return *this;
    }
    /// Takes another channel layer than the one in memory. Before a server starts.
    Application& layer(std::shared_ptr<ChannelLayer> layer);

    const Settings& settings() const noexcept;
    StateMap& states() noexcept;
    /// All routes in the order of their declaration.
    const std::vector<RouteInfo>& routes() const noexcept;

    /// The path of the route with this name, percent-encoded: `reverse("chat:room", {{"pk", 5}})` is
    /// "/ws/chat/5/". From any thread.
    /// @param name  with the names of the includes it is behind
    /// @throws std::invalid_argument for a name that no route or a re_path has, a parameter that is missing,
    /// too many, or refused by its converter
    std::string reverse(std::string_view name, std::initializer_list<ReverseParam> params = {}) const;

    /// Sends a message to a group from outside a connection. From any thread. Members on a loop whose thread
    /// this is have it when the call returns.
    /// @tparam Consumer  whose GroupMessages must hold the message
    /// @param options  `.as` a consumer's sender_handle(); the server otherwise
    template <class Consumer, class M>
    void send_group_message(std::string_view group, const M& message, PublishOptions options = {}) {
        constexpr bool has_groups = requires { typename Consumer::GroupMessageSet; };
        static_assert(
            has_groups,
            "chanx: send_group_message<Consumer> needs a consumer derived from chanx::JsonWebsocketConsumer");
        static_assert(detail::CheckMessage<M>::value);
        if constexpr (has_groups && detail::MessageFacts<M>::good) {
            static_assert(Consumer::GroupMessageSet::template contains<M>,
                          "chanx: this message is not among the consumer's GroupMessages: add it there");
            std::string body;
            encode_open(body, message, encoding());
            publish(group, M::action, std::move(body), std::move(options));
        }
    }

    /// Closes all connections of a login, as after a log-out. From any thread.
    /// @param session_key  scope().session_key() of a request with that login
    /// @throws std::invalid_argument for a code that a server must not send
    void close_session(std::string_view session_key, std::uint16_t code = 4401,
                       std::string reason = "Logged out");

    /// Closes a user's connections that are in a group, as after they have lost their place in it. It comes in the group's
    /// order: they get what was published before and nothing of what comes after. From any thread.
    /// @param user_key  the user's primary key as text
    /// @throws std::invalid_argument for a code that a server must not send
    void close_member(std::string_view group, std::string_view user_key, std::uint16_t code = 4403,
                      std::string reason = "Permission denied");

    struct Counts {
        /// WebSocket connections, those being let in included.
        std::size_t sessions = 0;
        std::size_t groups = 0;
        /// Places in groups that connections have.
        std::size_t memberships = 0;
    };
    /// From any thread.
    Counts counts() const;

    detail::ApplicationCore& core() noexcept { return *core_; }

  private:
    const EncodeOptions& encoding() const noexcept;
    void publish(std::string_view group, std::string_view action, std::string body, PublishOptions options);
    void add_shard_factory(std::function<void(StateMap&)> factory);

    std::unique_ptr<detail::ApplicationCore> core_;
};

}  // namespace chanx
