#pragma once

#include "chat/store/models.hpp"

#include <chanx/chrono.hpp>
#include <chanx/fwd.hpp>
#include <chanx/layer/presence.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace chat {

/// Who is in which room, in all processes. Members of this process are told of who comes and goes elsewhere;
/// who comes and goes here tells the members itself. From any thread.
class RoomPresence {
  public:
    /// @param application  must outlive the object
    /// @param layer  what joins the processes; null where this one is alone
    RoomPresence(chanx::Application& application, std::shared_ptr<chanx::ChannelLayer> layer,
                 std::function<TimePoint()> clock);

    /// A connection comes into a room. @param on_first  called if it is the user's first anywhere; quick, and
    /// in order with all others' comings and goings
    template <class OnFirst>
    void enter(const Room& room, const std::string& username, OnFirst on_first) {
        remember(room);
        try {
            presence_.join(group_of(room.id), username, std::move(on_first));
        } catch (...) {
            forget(room.id);
            throw;
        }
    }
    /// It goes. @param on_last  called if it was the user's last anywhere
    template <class OnLast>
    void leave(const Room& room, const std::string& username, OnLast on_last) {
        forget(room.id);
        presence_.leave(group_of(room.id), username, std::move(on_last));
    }

    std::vector<chanx::Presence::Entry> list(std::int64_t room_id) const {
        return presence_.list(group_of(room_id));
    }
    /// Rooms with somebody in them.
    std::size_t room_count() const { return presence_.group_count(); }
    /// Whether users of other processes may be missing.
    bool partial() const { return presence_.partial(); }

  private:
    struct Known {
        std::string name;
        std::size_t connections = 0;  // of this process
    };

    static std::string group_of(std::int64_t room_id);
    void remember(const Room& room);
    void forget(std::int64_t room_id);
    template <class M>
    void tell(const std::string& group, const std::string& username);

    chanx::Application& application_;
    const std::function<TimePoint()> clock_;
    std::mutex mutex_;
    std::map<std::string, Known, std::less<>> rooms_;  // with connections of this process; guarded by mutex_
    chanx::Presence presence_;                         // goes first: its thread uses all the rest
};

}  // namespace chat
