#pragma once

#include <chanx/app/subscription.hpp>
#include <chanx/awaitable.hpp>
#include <chanx/layer/channel_layer.hpp>
#include <chanx/message/message.hpp>
#include <chanx/routing/router.hpp>
#include <chanx/settings.hpp>
#include <chanx/state.hpp>
#include <chanx/statistics.hpp>
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

/// Whose access is checked again: everybody's in a group, a user's, or a user's in a group.
struct RecheckTarget {
    std::string_view group{};
    /// The user's primary key as text.
    std::string_view user{};
};

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
    /// @throws ConfigurationError for routes that can't work, and messages of their consumers that can't work with the
    /// settings, naming them
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
    /// Logs what holds (info): one line with all settings, and one for each consumer whose policies set some of them.
    void log_settings() const;
    StateMap& states() noexcept;
    /// All routes in the order of their declaration.
    const std::vector<RouteInfo>& routes() const noexcept;

    /// The path of the route with this name, percent-encoded: `reverse("chat:room", {{"pk", 5}})` is
    /// "/ws/chat/5/". From any thread.
    /// @param name  with the names of the includes it is behind
    /// Of a re_path the named groups are filled in, and the result must match again: what stands outside of them must
    /// be plain text or optional.
    /// @throws std::invalid_argument for a name that no route has, a parameter that is missing, too many, or refused by
    /// its converter or the expression, and an expression that can't be written
    std::string reverse(std::string_view name, std::initializer_list<ReverseParam> params = {}) const;

    /// Sends a message to a group from outside a connection. From any thread. Members on a loop whose thread
    /// this is have it when the call returns.
    /// @tparam Consumer  whose GroupMessages must hold the message
    /// @param options  `.as` a consumer's sender_handle(); the server otherwise
    /// @throws ConfigurationError for a name that no group can have: 1 to 200 bytes, the first of which is not `~`
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
            publish(group, M::action, std::move(body), std::move(options), detail::delivery_of(message));
        }
    }

    /// Closes all connections of a login, as after a log-out. From any thread.
    /// @param session_key  scope().session_key() of a request with that login
    /// @throws std::invalid_argument for a code that a server must not send
    void close_session(std::string_view session_key, std::uint16_t code = 4401,
                       std::string reason = "Logged out");

    /// Sends an event to the consumers in a group: to server code of this application, not to clients. Each member's
    /// receive_event() gets it, between its other hooks. From any thread.
    /// @tparam Consumer  whose Events must hold the event; chanx::send_event() asks for none
    /// @throws ConfigurationError for a name that no group can have, as above
    template <class Consumer, class E>
    void send_event(std::string_view group, const E& event) {
        constexpr bool has_events = requires { typename Consumer::EventSet; };
        static_assert(has_events, "chanx: send_event<Consumer> needs a consumer with the policy chanx::Events");
        if constexpr (has_events) {
            static_assert(Consumer::EventSet::template contains<E>,
                          "chanx: this event is not among the consumer's Events: add it there");
        }
        send_any_event(group, event);
    }
    /// As send_event, to consumers of any class: one whose Events lack the event drops it, which is logged and counted.
    template <class E>
    void send_any_event(std::string_view group, const E& event) {
        static_assert(detail::CheckMessage<E>::value);
        if constexpr (detail::MessageFacts<E>::good) publish_event(group, E::action, encode_message(event));
    }

    /// Has server code hear the events of one type that are sent to a group, whether connections are in it or not: sent
    /// with send_event() or send_any_event(), in this process and, where the channel layer joins several, in others.
    /// Other events of the group are not for it; an invalid one is dropped, logged and counted. Awaited on a loop of the
    /// application: in a hook or an HTTP handler.
    /// @param group  1 to 200 bytes, not beginning with `~`
    /// @return ends the subscription when it is destroyed; every event published from when this has completed is heard
    /// @throws ConfigurationError for a bad name
    ///
    /// @code
    /// auto subscription = co_await app.subscribe<PriceChanged>("prices", {.on_event = [cache](const PriceChanged& change) {
    ///     cache->put(change.article, change.price);
    /// }});
    /// @endcode
    template <class E>
    awaitable<Subscription> subscribe(std::string group, SubscriptionHandlers<E> handlers) {
        static_assert(detail::CheckMessage<E>::value);
        std::shared_ptr<detail::EventSubscriber> subscriber;
        if constexpr (detail::MessageFacts<E>::good)
            subscriber = std::make_shared<detail::TypedSubscriber<E>>(std::move(group), std::move(handlers));
        return start(std::move(subscriber));
    }

    /// Has connections authenticated again, with their own scope, and all their permissions asked again, for something
    /// has changed that they hang on. From the call on a concerned connection gets no group message before its check has
    /// passed: what comes is held. It is delivered then; otherwise the connection closes with 4403 (4401 where it is no
    /// longer authenticated as the same user, 4404 where its object is gone, 1011 where the check throws or takes longer
    /// than Settings::authentication_timeout), and gets nothing of it. The check waits for a hook that is running.
    /// After a check that has passed, object() and user() are the new ones. From any thread; call it when the change
    /// can be seen by permissions, after the commit.
    /// @throws std::invalid_argument for a target that names neither group nor user, ConfigurationError for a group's
    /// name that none can have
    ///
    /// @code
    /// app.recheck({.group = room_group(id), .user = std::to_string(user.id)});
    /// @endcode
    void recheck(const RecheckTarget& target);

    struct Counts {
        /// WebSocket connections, those being let in included.
        std::size_t sessions = 0;
        std::size_t groups = 0;
        /// Places in groups that connections have.
        std::size_t memberships = 0;
        /// Events that a consumer could not take, since the application was made.
        std::size_t dropped_events = 0;
    };
    /// From any thread.
    Counts counts() const;

    /// What the application has done and has now: all that metrics are made of. From any thread; it costs a walk over
    /// some hundred numbers for each loop.
    Statistics statistics() const;
    /// Asks the loops for those numbers that they count only then: outbox_bytes and timers. Returns at once; a loop
    /// that does not answer is one whose `silent_seconds` grow. From any thread.
    void refresh_statistics();

    /// Whether the channel layer reaches other processes; what `/healthz` should say. From any thread.
    ChannelLayer::Health health() const;

    detail::ApplicationCore& core() noexcept { return *core_; }

  private:
    const EncodeOptions& encoding() const noexcept;
    void publish(std::string_view group, std::string_view action, std::string body, PublishOptions options,
                 Delivery delivery);
    void publish_event(std::string_view group, std::string_view action, std::string text);
    awaitable<Subscription> start(std::shared_ptr<detail::EventSubscriber> subscriber);
    void add_shard_factory(std::function<void(StateMap&)> factory);

    std::unique_ptr<detail::ApplicationCore> core_;
};

/// Sends an event to the consumers in a group: Application::send_any_event().
template <class E>
void send_event(Application& application, std::string_view group, const E& event) {
    application.send_any_event(group, event);
}

}  // namespace chanx
