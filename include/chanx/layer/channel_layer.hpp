#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/layer/group_event.hpp>
#include <chanx/statistics.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {

/// Somebody who can be in groups: a connection. Called by the layer on the member's own loop only.
class GroupMember {
 public:
    explicit GroupMember(detail::Loop& loop) noexcept : loop_(&loop) {}
    GroupMember(const GroupMember&) = delete;
    GroupMember& operator=(const GroupMember&) = delete;

    /// Takes an event: appends frames and marks, runs no user code, destroys nothing. It may leave groups.
    virtual void deliver(GroupDelivery& delivery) noexcept = 0;
    /// Events of one of its groups were lost, for the loop fell too far behind.
    virtual void overflowed() noexcept = 0;

    detail::Loop& loop() const noexcept { return *loop_; }

 protected:
    ~GroupMember() = default;

 private:
    detail::Loop* loop_;
};

namespace detail {

/// A layer's own record of a group.
class LayerGroup {
 public:
    virtual ~LayerGroup() = default;
};

}  // namespace detail

/// One member's place in one group. Its owner keeps it where it is from join to leave.
struct Membership {
    GroupMember* member = nullptr;
    std::shared_ptr<detail::LayerGroup> group{};
    std::size_t index = 0;
};

/// Server code that takes what is published to a group, whether connections of this process are in it or not.
class GroupSubscriber {
 public:
    GroupSubscriber() = default;
    GroupSubscriber(const GroupSubscriber&) = delete;
    GroupSubscriber& operator=(const GroupSubscriber&) = delete;
    virtual ~GroupSubscriber() = default;

    /// Takes an event, in the group's order. On the thread that publishes and with the group held: it must be quick and
    /// must call nothing of the layer's, whatever the group.
    virtual void on_event(const GroupEventPtr& event) noexcept = 0;
};

/// Hears of events that come from another process, before members do.
class RemoteListener {
 public:
    virtual void on_remote_event(std::string_view group, const GroupEvent& event) noexcept = 0;

 protected:
    ~RemoteListener() = default;
};

/// Carries events to the members of groups: in this process (MemoryLayer) or through something between machines.
///
/// All members of a group in one process see its events in the same order. When publish() returns on a loop's
/// thread, every member on that loop has the event.
class ChannelLayer {
 public:
    struct Counts {
        std::size_t groups = 0;
        std::size_t members = 0;
        /// Events that wait for other loops.
        std::size_t waiting = 0;
    };

    /// Whether events reach other processes and come from them.
    struct Health {
        bool degraded = false;
        /// Why, for people who run the server; it names no secrets.
        std::string detail{};
    };

    virtual ~ChannelLayer() = default;

    /// Makes a loop known; before any loop runs.
    virtual void attach(detail::Loop& loop) = 0;
    /// Forgets a loop that no longer runs and has no members.
    virtual void detach(detail::Loop& loop) = 0;
    /// On the member's loop: the member gets every event published from when this has completed.
    /// @param group  1 to 200 bytes
    virtual awaitable<> join(Membership& membership, std::string group) = 0;
    /// On the member's loop: ends a membership; nothing of the group is delivered afterwards. Does nothing for
    /// one that is not in a group.
    virtual void leave(Membership& membership) noexcept = 0;
    /// From any thread.
    virtual void publish(std::string_view group, GroupEventPtr event) = 0;
    /// On the loop: delivers now what waits for its members.
    virtual void drain(detail::Loop& loop) = 0;
    /// On a loop: the subscriber gets every event published from when this has completed, until unsubscribe().
    /// @param group  1 to 200 bytes
    virtual awaitable<> subscribe(std::shared_ptr<GroupSubscriber> subscriber, std::string group) = 0;
    /// From any thread but in on_event(). When it returns, the subscriber is not called any more.
    virtual void unsubscribe(const GroupSubscriber& subscriber, std::string_view group) noexcept = 0;
    /// From any thread.
    virtual Counts counts() const = 0;
    /// From any thread: what the layer has counted, for metrics.
    virtual std::vector<Statistics::LayerFigure> figures() const { return {}; }
    /// From any thread. A layer of one process is never degraded.
    virtual Health health() const { return {}; }
    /// From any thread: the longest text of an event that it carries to other processes, in bytes.
    virtual std::size_t max_event_bytes() const { return std::numeric_limits<std::size_t>::max(); }
    /// Who hears of what comes from elsewhere; null for nobody. Before any loop runs, or after.
    virtual void set_remote_listener(RemoteListener*) {}
};

}  // namespace chanx
