#pragma once

#include "layer/redis/gap_tracker.hpp"
#include "layer/redis/publish_queue.hpp"
#include "layer/redis/publisher.hpp"
#include "layer/redis/subscriber.hpp"
#include "layer/redis/subscription_table.hpp"
#include "runtime/log_limiter.hpp"

#include <chanx/layer/memory_layer.hpp>
#include <chanx/layer/redis_layer.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace chanx::detail {

/// What is behind a RedisLayer: the members of this process, the thread that speaks with Redis, and what
/// passes between.
class RedisCore final : private Publisher::Listener, private Subscriber::Listener {
  public:
    explicit RedisCore(RedisOptions options);
    ~RedisCore();
    RedisCore(const RedisCore&) = delete;
    RedisCore& operator=(const RedisCore&) = delete;

    /// Sends what waits, as long as it may take, and ends the thread. Nothing is called back afterwards.
    void stop() noexcept;

    MemoryLayer& local() noexcept { return local_; }
    /// To those in other processes, if it is for them.
    void publish_far(std::string_view group, GroupEventPtr event);
    void acquire(std::string_view key) {
        if (table_.acquire(key)) wake();
    }
    void release(std::string_view key) {
        if (table_.release(key)) wake();
    }
    SubscriptionTable& table() noexcept { return table_; }
    /// Subscribers hold their channels, too; how many holds each has.
    void add_subscriber(const GroupSubscriber& subscriber, std::string group);
    std::size_t remove_subscriber(const GroupSubscriber& subscriber, std::string_view group) noexcept;

    ChannelLayer::Health health() const;
    std::size_t max_message_bytes() const noexcept { return options_.max_message_bytes; }
    RedisLayer::Statistics statistics() const;
    void set_remote_listener(RemoteListener* listener);

  private:
    void on_publication(std::string_view key, std::string_view text) override;
    void on_gap_due(std::string_view key) override;
    void on_forgotten(std::string_view key) override { tracker_.forget(key); }
    void on_subscriber_lost() override { tracker_.resynchronise(); }
    void on_link_changed() override;

    RedisLink::Options link_options(std::string_view name, std::size_t max_reply_bytes,
                                    std::uint64_t seed) const;
    void run() noexcept;
    /// Has the thread look at table and queue.
    void wake();
    void tick();
    void end_if_flushed(TimePoint now);
    void refuse(WireError error, std::string_view key, std::size_t size);
    void take_heartbeat(const WireMessage& message);
    void report_gap(std::string_view key, std::uint64_t missed);
    void recheck_everybody();
    void deliver(std::string_view group, const GroupEventPtr& event);

    const RedisOptions options_;
    const RedisAddress address_;
    const std::shared_ptr<RedisTls> tls_;
    const std::string id_;
    MemoryLayer local_;
    PublishQueue queue_;
    SubscriptionTable table_;
    GapTracker tracker_;  // the thread's

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer timer_;
    Publisher publisher_;
    Subscriber subscriber_;
    bool was_connected_ = false;
    bool ending_ = false;
    TimePoint end_{};
    LogLimiter refusals_;
    std::array<std::uint64_t, wire_error_count> refused_{};  // since the last line about them, by WireError
    LogLimiter gap_lines_;

    std::atomic<bool> woken_{false};
    std::mutex listener_mutex_;
    RemoteListener* listener_ = nullptr;  // guarded by listener_mutex_, which is held while it is called
    std::mutex subscribers_mutex_;
    std::unordered_multimap<const GroupSubscriber*, std::string>
        subscribers_;  // guarded by subscribers_mutex_
    mutable std::mutex health_mutex_;
    ChannelLayer::Health health_;  // guarded by health_mutex_
    struct {
        std::atomic<std::uint64_t> published{0}, received{0}, own{0}, duplicates{0}, gaps{0}, missed{0},
            malformed{0}, unknown{0}, too_long{0}, reconnects{0};
    } counts_;
    std::thread thread_;
};

}  // namespace chanx::detail
