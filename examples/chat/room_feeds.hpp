#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/chrono.hpp>
#include <chanx/fwd.hpp>

#include <cstdint>
#include <memory>

namespace chanx {
class SenderHandle;
}

namespace chat {

class RoomFeed;
class Services;
struct LoggedMessage;

/// The feeds of the rooms that connections of this process are in. From any thread.
class RoomFeeds {
  public:
    /// How a room's message goes to its connections in this process.
    using Deliver = void (*)(chanx::Application&, std::int64_t room_id, const LoggedMessage&,
                             const chanx::SenderHandle&);

    /// @param services  must outlive the object
    /// @param poll_interval  how often the database is asked whether a room has messages, or somebody lost a
    /// right, that nobody told of; zero: never
    RoomFeeds(Services& services, std::chrono::milliseconds poll_interval);
    ~RoomFeeds();

    /// A room's feed, which lives as long as somebody holds it. When this has completed, every message is
    /// delivered that is not in the table yet.
    chanx::awaitable<std::shared_ptr<RoomFeed>> enter(std::int64_t room_id, Deliver deliver);
    /// Tells the other processes of a message that is committed. Quick: it may be called under the writer's
    /// lock.
    void tell(std::int64_t room_id, const LoggedMessage& message);
    /// Reads a feed on, waiting for its turn: for a message of one's own that has others before it. Gives up
    /// after some seconds, and leaves it to the poll.
    chanx::awaitable<> catch_up(std::shared_ptr<RoomFeed> feed);
    /// What the poll does: applies revocations, and has all rooms read on whose last message has not been
    /// delivered. Blocks. @throws StoreError
    void poll();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chat
