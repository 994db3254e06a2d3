#pragma once

#include <chanx/chrono.hpp>
#include <chanx/layer/channel_layer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {

namespace detail {

class RedisCore;

}  // namespace detail

/// How a RedisLayer reaches its Redis, and its bounds.
struct RedisOptions {
    /// `redis://user:password@host:6379/0`, `rediss://...` with TLS, or `unix:///path/to/socket`. User,
    /// password, port and database may be left out; what is in user and password is percent-encoded.
    std::string url = "redis://127.0.0.1:6379";
    /// What all its channels begin with: applications that share a Redis have different ones. 1 to 64 bytes.
    std::string prefix = "chanx:";
    /// With rediss://: a file of certificates (PEM) to trust instead of the system's.
    std::string tls_ca_file{};

    /// The longest message that is sent or taken, in bytes; a longer one is dropped and counted.
    std::size_t max_message_bytes = std::size_t{1} << 20;
    /// How many publications wait while Redis takes none, their bytes, and for how long. Beyond it the oldest
    /// are dropped and counted; other processes see a gap.
    std::size_t max_queued = 10'000;
    std::size_t max_queued_bytes = std::size_t{16} << 20;
    std::chrono::milliseconds max_queued_age{30'000};
    /// How many pairs of publisher and group have their numbers remembered; beyond it the longest unused is
    /// forgotten.
    std::size_t max_sequences = 65'536;
    /// MemoryLayer::Options::max_inbox_bytes.
    std::size_t max_inbox_bytes = std::size_t{16} << 20;

    /// How long join() and subscribe() wait for Redis. Then they complete all the same, and the group gets a
    /// gap when Redis has taken the subscription.
    std::chrono::milliseconds join_timeout{2'000};
    /// For connecting, TLS and authentication together.
    std::chrono::milliseconds connect_timeout{3'000};
    /// How often a connection is asked for a sign of life, and how long it may take.
    std::chrono::milliseconds ping_interval{2'000};
    std::chrono::milliseconds ping_timeout{3'000};
    /// How often other processes are told the last numbers of groups that were sent to.
    std::chrono::milliseconds heartbeat_interval{1'000};
    /// The n-th attempt to connect again comes after a random time of up to min * 2^n, at most max.
    std::chrono::milliseconds backoff_min{100};
    std::chrono::milliseconds backoff_max{5'000};
    /// How long the destructor waits for what is queued.
    std::chrono::milliseconds flush_timeout{1'000};
};

/// The channel layer of many processes: what is published in one reaches the members of all, through the
/// pub/sub of a Redis. Members of this process get it without Redis, at once and whether Redis is there or
/// not. Target chanx::redis.
///
/// It has a thread of its own. A subscriber's on_event() is called on that thread for what comes from
/// elsewhere. What may have been lost is never silent: it is counted, logged, and given to the group as a
/// Gap. While the connection to Redis is away the layer is degraded (health()) and tries again, for ever.
class RedisLayer final : public ChannelLayer {
  public:
    struct Statistics {
        /// Publications meant for other processes.
        std::uint64_t published = 0;
        /// Taken by Redis.
        std::uint64_t sent = 0;
        /// From Redis, without those of this process, duplicates, and what could not be read.
        std::uint64_t received = 0;
        /// This process's own that came back, of groups that it listens to.
        std::uint64_t own = 0;
        /// Came twice, for they were sent again after a connection was lost.
        std::uint64_t duplicates = 0;
        /// Publications that Redis never got: the queue was full, they were too old or too long.
        std::uint64_t dropped = 0;
        /// Losses that were seen, and how many events were missing where that was known.
        std::uint64_t gaps = 0;
        std::uint64_t missed = 0;
        /// From Redis, and dropped: not what docs/reference/redis.md describes; of another version or kind;
        /// too long.
        std::uint64_t malformed = 0;
        std::uint64_t unknown = 0;
        std::uint64_t too_long = 0;
        /// Connections that were made after the first two.
        std::uint64_t reconnects = 0;
        /// Now: publications that Redis has not taken yet, their bytes, and channels subscribed to.
        std::size_t queued = 0;
        std::size_t queued_bytes = 0;
        std::size_t subscriptions = 0;
    };

    /// Does not wait for Redis to be there.
    /// @throws ConfigurationError for a URL that can't be used, without repeating it, or a bound that can't
    explicit RedisLayer(RedisOptions options);
    /// Waits until what is queued has been sent, up to flush_timeout, and joins its thread.
    ~RedisLayer() override;

    void attach(detail::Loop& loop) override;
    void detach(detail::Loop& loop) override;
    awaitable<> join(Membership& membership, std::string group) override;
    void leave(Membership& membership) noexcept override;
    void publish(std::string_view group, GroupEventPtr event) override;
    void drain(detail::Loop& loop) override;
    awaitable<> subscribe(std::shared_ptr<GroupSubscriber> subscriber, std::string group) override;
    void unsubscribe(const GroupSubscriber& subscriber, std::string_view group) noexcept override;
    Counts counts() const override;
    Health health() const override;
    /// RedisOptions::max_message_bytes.
    std::size_t max_event_bytes() const override;
    std::vector<chanx::Statistics::LayerFigure> figures() const override;
    void set_remote_listener(RemoteListener* listener) override;

    /// From any thread.
    Statistics statistics() const;

  private:
    std::shared_ptr<detail::RedisCore> core_;
};

/// Makes a layer for Application::layer().
///
/// @code
/// app.layer(chanx::make_redis_layer({.url = "redis://127.0.0.1:6379", .prefix = "chat:"}));
/// @endcode
/// @throws ConfigurationError as RedisLayer's constructor
std::shared_ptr<RedisLayer> make_redis_layer(RedisOptions options);

}  // namespace chanx
