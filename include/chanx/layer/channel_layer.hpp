#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/layer/group_event.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

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
    /// From any thread.
    virtual Counts counts() const = 0;
};

}  // namespace chanx
