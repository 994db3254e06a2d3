#pragma once

#include "layer/redis/backoff.hpp"
#include "layer/redis/redis_address.hpp"
#include "layer/redis/redis_socket.hpp"
#include "layer/redis/resp_reader.hpp"
#include "runtime/timer.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chanx::detail {

/// A connection to Redis that is made again and again: login, signs of life, waits between attempts. Every
/// error that Redis answers ends the connection: what follows one can't be relied on. On Redis's thread.
class RedisLink final : private RedisSocket::Owner {
  public:
    class User {
      public:
        /// Commands can be sent.
        virtual void on_link_ready() = 0;
        /// A reply that is neither an error nor to the link's own commands.
        virtual void on_reply(const RespReply& reply) = 0;
        /// It was ready, and is lost.
        virtual void on_link_lost() = 0;
        /// usable() or reason() has changed.
        virtual void on_link_changed() = 0;

      protected:
        ~User() = default;
    };
    struct Options {
        /// For logs.
        std::string_view name;
        RedisAddress address;
        std::shared_ptr<RedisTls> tls;
        std::size_t max_reply_bytes;
        Duration connect_timeout;
        Duration ping_interval;
        Duration ping_timeout;
        Backoff backoff;
    };

    RedisLink(boost::asio::io_context& io, Options options, User& user);
    ~RedisLink();

    /// Many times a second: begins attempts, finds what is late.
    void tick(TimePoint now);
    /// Only while it is ready.
    void send(std::string_view commands) { socket_->write(commands); }
    /// Ends the connection; the next attempt comes when it is time.
    void fail(std::string reason);
    /// No further attempts.
    void stop() noexcept;

    bool ready() const noexcept { return state_ == State::ready; }
    /// The user says that it can do its work with it; until the connection ends.
    void set_usable();
    bool usable() const noexcept { return usable_; }
    /// Why it is not usable.
    const std::string& reason() const noexcept { return reason_; }
    /// How many times it has become usable.
    std::size_t times_usable() const noexcept { return times_usable_; }

  private:
    enum class State : std::uint8_t { idle, connecting, greeting, ready, stopped };

    void on_connected() override;
    void on_bytes(std::string_view bytes) override;
    void on_broken(std::string reason) override;
    void handle(const RespReply& reply);
    void connect(TimePoint now);

    boost::asio::io_context& io_;
    Options options_;
    User& user_;
    State state_ = State::idle;
    std::shared_ptr<RedisSocket> socket_;
    std::unique_ptr<RespReader> reader_;
    TimePoint next_attempt_{};
    TimePoint began_{};  // the attempt, then being ready
    TimePoint last_ping_{};
    TimePoint last_received_{};
    bool waits_for_pong_ = false;
    std::size_t greetings_left_ = 0;  // replies to what was sent first
    bool usable_ = false;
    std::size_t times_usable_ = 0;
    std::string reason_ = "connecting";
    std::string logged_reason_;
};

}  // namespace chanx::detail
