#pragma once

#include "runtime/timer.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace chanx::detail {

/// Somebody who waits for a channel's subscription.
class SubscriptionWaiter {
  public:
    /// It is there, or waiting has become too long. With the table held: it must be quick. Called once at
    /// most.
    virtual void complete() noexcept = 0;

  protected:
    ~SubscriptionWaiter() = default;
};

/// Which channels are wanted and which Redis has acknowledged. A channel has at most one command under way;
/// what is wanted is looked at again at its acknowledgement, so that leaving and joining in quick succession
/// loses nothing. From any thread, but for what is marked as of the one that speaks with Redis.
class SubscriptionTable {
  public:
    struct Commands {
        std::vector<std::string> subscribe;
        std::vector<std::string> unsubscribe;
    };
    struct Acknowledged {
        /// Something may have been lost before: members must be told.
        bool gap_due = false;
        /// Nobody wants the channel any more and it is forgotten.
        bool forgotten = false;
        /// reconcile() has something to say.
        bool more = false;
    };

    /// @param patience  how long a waiter waits
    SubscriptionTable(Duration patience, TimePoint now) : patience_(patience), unserved_since_(now) {}

    /// One more, or one less, wants the channel. @return whether reconcile() has something to say
    bool acquire(std::string_view key);
    bool release(std::string_view key);
    /// Waits for the subscription of a channel that the caller has acquired.
    /// @return false where there is nothing to wait for: it is there, or Redis has been away or has refused
    /// subscriptions for too long already
    bool wait(std::string_view key, SubscriptionWaiter& waiter, TimePoint now);
    void withdraw(std::string_view key, const SubscriptionWaiter& waiter) noexcept;
    /// The next acknowledgement brings a gap.
    void set_gap_due(std::string_view key);

    /// Redis's thread: the connection can take commands, or is lost.
    void connected();
    void disconnected(TimePoint now);
    /// Redis's thread, while connected: what to send now.
    Commands reconcile();
    /// Redis's thread: an answer.
    Acknowledged subscribed(std::string_view key, TimePoint now);
    Acknowledged unsubscribed(std::string_view key);
    /// Redis's thread: ends waits that have become too long.
    void expire(TimePoint now);
    /// Since when the channel's publications come; none where they don't.
    std::optional<TimePoint> subscribed_since(std::string_view key) const;
    std::size_t subscription_count() const;

  private:
    enum class State : std::uint8_t { idle, subscribing, subscribed, unsubscribing };
    struct Wait {
        SubscriptionWaiter* waiter;
        TimePoint deadline;
    };
    struct Entry {
        std::size_t holds = 0;
        State state = State::idle;
        bool gap_due = false;
        bool queued = false;  // in changed_
        TimePoint since{};
        std::vector<Wait> waits;
    };
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

    bool look_again(Entries::value_type& entry);

    const Duration patience_;
    mutable std::mutex mutex_;
    Entries entries_;                   // guarded by mutex_, like the rest
    std::vector<std::string> changed_;  // to be looked at by reconcile()
    bool down_ = true;
    // Being connected does not end it, for what connects may be refused every subscription.
    std::optional<TimePoint> unserved_since_;
    std::size_t waits_ = 0;
    std::size_t subscribed_ = 0;
};

}  // namespace chanx::detail
