#pragma once

#include "chat/store/models.hpp"

#include <chanx/app/subscription.hpp>
#include <chanx/layer/group_event.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace chat {

/// Brings a room's messages to the connections of this process in the order of their numbers, each once,
/// whoever wrote them, and however late, often or never this process is told of them. The table is the log:
/// what the feed is told is only a reason to deliver, or to read what is missing. From any thread.
class RoomFeed : public std::enable_shared_from_this<RoomFeed> {
  public:
    /// How many messages may wait for one before them. Beyond it the last ones are forgotten, to be read
    /// again.
    static constexpr std::size_t max_waiting = 1024;
    /// How many are read at a time.
    static constexpr std::size_t page = 200;

    /// What it needs of the rest of the chat.
    struct Ports {
        /// To the room's connections in this process. One call at a time, and quick.
        std::function<void(const LoggedMessage&, const chanx::SenderHandle&)> deliver;
        /// The messages after a number, at most `limit`: Store::log_after(). Blocks.
        std::function<std::vector<LoggedMessage>(std::int64_t seq, std::size_t limit)> read;
        /// Has a function called soon on a thread that may block; false where there is no room for it.
        std::function<bool(std::function<void()>)> post;
        /// Has retry() called before long.
        std::function<void()> ask_retry;
    };

    explicit RoomFeed(Ports ports);
    RoomFeed(const RoomFeed&) = delete;
    RoomFeed& operator=(const RoomFeed&) = delete;

    bool begun() const;
    /// Delivers from the message after `last` on; before it nothing is delivered, and what comes waits. A
    /// second call does nothing.
    /// @param last  read from the table after the subscription was there, so that nothing falls between them
    void begin(std::int64_t last, chanx::Subscription subscription);

    /// A connection of this process is about to commit a message: when it is delivered, by whichever way it
    /// comes back, it is on that connection's behalf. Before the COMMIT, for others may read it right after.
    void claim(const LoggedMessage& message, chanx::SenderHandle sender);
    /// The claimed message is committed: delivers it at once if all before it are.
    /// @return whether it has been delivered; if not, call read_on()
    bool offer(const LoggedMessage& message);
    /// Another process has told of a message. Only takes note of it; it is delivered from another thread.
    void notice(LoggedMessage message);
    /// Something may have been missed: reads on soon.
    void look();
    /// Tries once more what found no room or no database. @return whether it had to
    bool retry();
    /// Reads on now, and delivers all there is. Blocks. @throws StoreError
    void read_on();

    /// The number of the last message delivered.
    std::int64_t last() const;
    /// How many messages wait for one before them.
    std::size_t waiting() const;

  private:
    struct Item {
        LoggedMessage message;
        chanx::SenderHandle sender;
    };

    chanx::SenderHandle sender_of(const LoggedMessage& message) const;
    bool add(LoggedMessage message);
    std::optional<Item> take_next();
    bool deliver_ready();
    std::optional<std::int64_t> first_beyond_hole() const;
    void skip_to(std::int64_t seq);
    void schedule();
    void postpone();
    void run() noexcept;

    const Ports ports_;
    std::atomic<bool> scheduled_{false};
    std::atomic<bool> look_{false};
    std::atomic<bool> postponed_{false};

    std::mutex delivering_;     // held while delivering, never while reading
    mutable std::mutex mutex_;  // of what follows; nothing is called under it
    bool begun_ = false;
    std::int64_t last_ = 0;
    std::map<std::int64_t, Item> waiting_;
    std::map<std::int64_t, Item> claimed_;  // not delivered yet; one for each thread that writes

    chanx::Subscription subscription_;  // goes first: its handlers use all the rest
};

}  // namespace chat
