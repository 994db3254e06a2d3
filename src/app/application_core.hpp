#pragma once

#include <chanx/http/origin.hpp>
#include <chanx/http/request.hpp>
#include <chanx/http/response.hpp>
#include <chanx/http/scope_builder.hpp>
#include <chanx/http/trusted_proxies.hpp>
#include <chanx/layer/channel_layer.hpp>
#include <chanx/routing/router.hpp>
#include <chanx/settings.hpp>
#include <chanx/state.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "app/connection_table.hpp"
#include "app/drain_schedule.hpp"
#include "app/idle_sweep.hpp"
#include "app/loop_pulse.hpp"
#include "app/refusals.hpp"
#include "consumer/session.hpp"
#include "consumer/session_host.hpp"
#include "consumer/user_rates.hpp"
#include "http/allowed_hosts.hpp"
#include "routing/route_table.hpp"

namespace chanx::detail {

/// An application at work: what a Server and a TestApplication drive.
class ApplicationCore final : public SessionHost, public PathWriter, private RemoteListener {
 public:
    ApplicationCore(const Router& routes, Settings settings);
    ~ApplicationCore();

    const Settings& settings() const noexcept { return settings_; }
    /// With a test's overrides.
    const Settings& effective_settings() const noexcept { return effective_; }
    /// The response to a request whose body is larger than max_request_body.
    static Response body_too_large() { return Response::error(413, "The request's body is too large"); }
    StateMap& states() noexcept { return states_; }
    const RouteTable& routes() const noexcept { return routes_; }
    void set_layer(std::shared_ptr<ChannelLayer> layer);
    const std::shared_ptr<ChannelLayer>& shared_layer() const noexcept { return layer_; }
    void add_shard_factory(std::function<void(StateMap&)> factory) { shard_factories_.push_back(std::move(factory)); }

    // Before loops run.
    /// Somebody is about to serve the application, until detach_all(). Before anything else is set for it.
    /// @throws ConfigurationError where somebody does already
    void begin_serving();
    void attach(Loop& loop);
    void set_origins(AllowedOrigins origins) { origins_ = std::move(origins); }
    /// @throws ConfigurationError for what can't be set
    void set_overrides(SettingsOverride overrides);
    /// Forgets the loops, whose sessions have ended.
    void detach_all();

    /// Gives a request what only the application knows: ids and states. On the loop that serves it.
    void prepare(Loop& loop, ScopeBuilder& builder);

    /// A place for a connection. Once its session has started it is given back by that one's end, so it is released then.
    /// @param address  who made the connection
    std::pair<ConnectionTable::Answer, ConnectionPlace> enter(std::string_view address);
    const ConnectionTable& connections() const noexcept { return connections_; }
    Refusals& refusals() noexcept { return refusals_; }
    /// 503 with Retry-After.
    static Response busy(Refusal reason);

    /// A session for an upgrade request, or the response that refuses it. Its place among those not yet let in is
    /// given back when it has reached 200, been refused, or been destroyed.
    /// @param raw_path  the target without its query, as sent
    /// @param place  the connection's; it counts for the client that a proxy names from now on. Without one it is full
    std::variant<std::shared_ptr<Session>, Response> begin_upgrade(Loop& loop, ScopeBuilder& builder,
                                                                   std::string_view raw_path, ConnectionPlace& place);
    /// The response to an upgrade request that the consumer's connect() refuses.
    Response refuse_upgrade(const ConnectResponse& refusal, std::string_view raw_path) const;
    /// Answers an HTTP request; never throws.
    awaitable<Response> handle_http(ScopeBuilder& builder, std::string_view method, std::string_view raw_path,
                                    std::string body);

    /// From any thread: has access checked again.
    /// @throws std::invalid_argument where both are empty
    void recheck(std::string_view group, std::string_view user);
    std::size_t dropped_events() const noexcept { return dropped_events_.load(std::memory_order_relaxed); }
    /// How many loops are in the framework's own group.
    std::size_t listening_shards() const noexcept { return listening_.load(std::memory_order_relaxed); }
    /// From any thread: closes all connections of a login.
    void end_login(std::string_view session_key, std::uint16_t code, std::string reason);

    /// From any thread: nobody is let in any more, and all sessions are closed with 1001, spread over a time.
    void start_draining(Duration spread = Duration::zero());
    bool draining() const noexcept { return draining_.load(std::memory_order_relaxed); }
    std::size_t session_count() const noexcept { return sessions_.load(std::memory_order_relaxed); }
    /// Its requests, and that it ends, are logged at debug only. Before loops run.
    void set_quiet() noexcept { routine_level_ = LogLevel::debug; }
    LogLevel routine_level() const noexcept { return routine_level_; }
    /// Whether somebody serves it. From any thread.
    bool has_loops() const;
    /// From any thread; without what Application::counts() has.
    Statistics statistics() const;
    /// From any thread: asks all loops for a sign of life, upon which they bring up to date what is counted then.
    void ask_loops();
    /// Loops that have owed one for as long as that. From any thread.
    std::vector<unsigned> silent_loops(Duration patience) const;
    /// On the loop, which must run nothing more: logs the sessions that have not ended and gives them to the loop, to be
    /// destroyed with it.
    void abandon_remaining(Loop& loop);

    // PathWriter
    std::string reverse(std::string_view name, std::span<const ReverseParam> params) const override {
        return routes_.reverse(name, params);
    }

    // SessionHost
    ChannelLayer& layer() noexcept override { return *layer_; }
    const EncodeOptions& encoding() const noexcept override { return encoding_; }
    const FramePtr& group_complete_frame() const noexcept override { return group_complete_; }
    const FramePtr& event_complete_frame() const noexcept override { return event_complete_; }
    bool login_ended(std::string_view session_key) override;
    std::uint64_t rechecks() const noexcept override { return rechecks_.load(); }
    void count_dropped_event() noexcept override { dropped_events_.fetch_add(1, std::memory_order_relaxed); }
    bool admit_user(Session& session) override;
    Duration take_user_rate(std::string_view user, std::uint64_t connection, const void* type, const RateLimit& limit,
                            TimePoint now) override {
        return user_rates_.take(user, connection, type, limit, now);
    }
    void session_started(Session& session) override;
    void session_ended(Session& session) noexcept override;

 private:
    /// A loop, and what is sent to all its sessions.
    struct Shard final : GroupMember {
        Shard(Loop& own, std::atomic<std::size_t>& count) : GroupMember(own), listening(&count) { place.member = this; }
        void deliver(GroupDelivery& delivery) noexcept override;
        void overflowed() noexcept override;

        StateMap states{};
        std::vector<Session*> sessions{};  // each knows its place
        IdleSweep sweep{loop(), sessions};
        Membership place{};
        TaskContext joining{};
        std::atomic<std::size_t>* listening;
        bool listens = false;
        LoopPulse pulse{loop()};

        /// Begins to close all sessions, and goes on whenever the next ones are due.
        void drain(Duration spread);
        void close_due();
        struct Drain {
            DrainSchedule<std::weak_ptr<Session>> schedule{};
            TimePoint began{};
            Timer timer;
        };
        std::unique_ptr<Drain> draining{};
    };

    void on_remote_event(std::string_view group, const GroupEvent& event) noexcept override;
    void remember_ended(std::string_view session_key);
    Shard& shard_of(const Loop& loop);
    /// What holds for a consumer.
    /// @throws ConfigurationError where its policies set what can't be
    Settings settings_of(const ConsumerType& consumer) const;
    void listen(Shard& shard);
    /// Forgets the loops, but not what they have counted.
    void keep_statistics();
    /// For a path without an HTTP route, which may be a WebSocket's.
    Response not_found(std::string_view raw_path) const;
    std::shared_ptr<const void> admit(std::string_view address);
    void give_place_back(const Session& session) noexcept;
    static void close_for_shutdown(Session& session);
    /// The response to a request for a host that is not served.
    std::optional<Response> refuse_host(const Scope& scope);

    const Settings settings_;
    Settings effective_;  // with a test's overrides
    EncodeOptions encoding_;
    RouteTable routes_;
    std::shared_ptr<ChannelLayer> layer_;
    std::vector<std::function<void(StateMap&)>> shard_factories_;
    std::vector<std::unique_ptr<Shard>> shards_;
    mutable std::mutex statistics_mutex_;  // for who reads shards_ on a thread of his own
    Statistics past_;                      // of loops that are no more; guarded by it
    AllowedOrigins origins_;
    TrustedProxies proxies_;
    SettingsOverride overrides_;
    // What holds for each consumer, its policies and the overrides applied; fixed while loops run.
    std::unordered_map<const ConsumerType*, Settings> consumer_settings_;
    Duration sweep_step_{};
    UserRates user_rates_;
    FramePtr group_complete_;
    LogLevel routine_level_ = LogLevel::info;
    std::atomic<bool> serving_{false};
    FramePtr event_complete_;
    std::atomic<bool> draining_{false};
    std::atomic<std::size_t> sessions_{0};
    std::atomic<std::size_t> dropped_events_{0};
    std::atomic<std::size_t> listening_{0};
    std::atomic<std::uint64_t> rechecks_{0};
    std::atomic<std::uint64_t> next_id_{1};

    std::mutex logins_mutex_;
    std::deque<std::string> ended_logins_;  // the latest ones

    std::mutex pending_mutex_;
    std::size_t pending_ = 0;
    std::unordered_map<std::uint64_t, std::size_t> pending_by_address_;

    ConnectionTable connections_;
    Refusals refusals_;
    AllowedHosts hosts_;

    // Destroyed first: pools in it finish their calls, which may still publish.
    StateMap states_;
};

}  // namespace chanx::detail
