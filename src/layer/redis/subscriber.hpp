#pragma once

#include "layer/redis/redis_link.hpp"
#include "layer/redis/subscription_table.hpp"

#include <string>
#include <string_view>

namespace chanx::detail {

/// Keeps Redis's subscriptions as the table wants them, and hands on what comes. On Redis's thread.
class Subscriber final : private RedisLink::User {
  public:
    class Listener {
      public:
        /// @param key  of the channel that it came over
        virtual void on_publication(std::string_view key, std::string_view text) = 0;
        /// The subscription of a channel is there; something may have been lost before.
        virtual void on_gap_due(std::string_view key) = 0;
        /// Nothing more comes over the channel.
        virtual void on_forgotten(std::string_view key) = 0;
        virtual void on_subscriber_lost() = 0;
        virtual void on_link_changed() = 0;

      protected:
        ~Listener() = default;
    };

    Subscriber(boost::asio::io_context& io, RedisLink::Options link, std::string prefix,
               SubscriptionTable& table, Listener& listener);

    /// Sends the commands that are due.
    void reconcile();
    void tick(TimePoint now);
    void stop() noexcept { link_.stop(); }
    const RedisLink& link() const noexcept { return link_; }

  private:
    void on_link_ready() override;
    void on_reply(const RespReply& reply) override;
    void on_link_lost() override;
    void on_link_changed() override { listener_.on_link_changed(); }
    void send(std::string_view command, const std::vector<std::string>& keys);
    /// The key of a channel's name; empty for one that is not ours.
    std::string_view key_of(std::string_view channel) const noexcept;

    std::string prefix_;
    SubscriptionTable& table_;
    Listener& listener_;
    RedisLink link_;
};

}  // namespace chanx::detail
