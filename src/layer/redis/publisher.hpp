#pragma once

#include "layer/redis/publish_queue.hpp"
#include "layer/redis/redis_link.hpp"
#include "layer/redis/sequence_table.hpp"
#include "runtime/log_limiter.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace chanx::detail {

/// Sends what waits in the queue, in its order. What Redis has not answered when the connection ends is sent
/// again; others know by the numbers what they have had. On Redis's thread, but for counts().
class Publisher final : private RedisLink::User {
  public:
    class Listener {
      public:
        virtual void on_link_changed() = 0;

      protected:
        ~Listener() = default;
    };
    struct Options {
        std::string id;
        std::string prefix;
        std::size_t max_message_bytes;
        std::size_t max_sequences;
        Duration heartbeat_interval;
        Duration max_age;
    };

    Publisher(boost::asio::io_context& io, RedisLink::Options link, Options options, PublishQueue& queue,
              Listener& listener);

    /// Sends what is in the queue, as far as it goes.
    void pump();
    void tick(TimePoint now);
    void stop() noexcept { link_.stop(); }
    /// Redis has had all there is.
    bool idle() const;
    const RedisLink& link() const noexcept { return link_; }
    /// Publications that were sent and not answered yet.
    std::size_t unconfirmed() const;

    struct Counts {
        std::atomic<std::uint64_t> sent{0};
        std::atomic<std::uint64_t> dropped{0};
        /// Now without an answer.
        std::atomic<std::size_t> waiting{0};
        std::atomic<std::size_t> waiting_bytes{0};
    };
    const Counts& counts() const noexcept { return counts_; }

  private:
    struct Sent {
        std::string command;
        std::string key;  // empty for a heartbeat
        TimePoint queued_at;
        bool numbered = false;

        bool heartbeat() const noexcept { return key.empty(); }
    };

    void on_link_ready() override;
    void on_reply(const RespReply& reply) override;
    void on_link_lost() override;
    void on_link_changed() override { listener_.on_link_changed(); }
    void send(PublishQueue::Item& item, TimePoint now);
    void push(Sent sent);
    void pop_front();
    void send_heartbeat(TimePoint now);

    Options options_;
    PublishQueue& queue_;
    Listener& listener_;
    SequenceTable sequences_;
    std::deque<Sent> sent_;  // without an answer yet
    std::size_t sent_bytes_ = 0;
    TimePoint last_heartbeat_{};
    Counts counts_;
    std::uint64_t logged_drops_ = 0;
    LogLimiter drop_lines_;
    RedisLink link_;
};

}  // namespace chanx::detail
