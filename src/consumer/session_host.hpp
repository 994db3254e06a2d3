#pragma once

#include <chanx/json/encode.hpp>
#include <chanx/layer/channel_layer.hpp>

#include "runtime/timer.hpp"

#include <chanx/rate_limit.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace chanx::detail {

class Session;

/// What sessions need of the application they belong to.
class SessionHost {
 public:
    virtual ChannelLayer& layer() noexcept = 0;
    virtual const EncodeOptions& encoding() const noexcept = 0;
    /// `group_complete`, made once.
    virtual const FramePtr& group_complete_frame() const noexcept = 0;
    /// The `complete` of an event, made once. It has no ref; a communicator tells it by its address from that of a
    /// message.
    virtual const FramePtr& event_complete_frame() const noexcept = 0;
    /// From any thread: whether a login was ended lately, so that a connection that was just being let in with it can
    /// be closed too.
    virtual bool login_ended(std::string_view session_key) = 0;
    /// How many rechecks there have been. From any thread; raised before the recheck reaches any group.
    virtual std::uint64_t rechecks() const noexcept = 0;
    /// From any thread: an event that its consumer could not take.
    virtual void count_dropped_event() noexcept = 0;
    /// On the session's loop: it is about to reach 200. @return false where its user has too many connections
    virtual bool admit_user(Session& session) = 0;
    /// From any thread: counts a message against a limit that holds over all connections of a user in this process.
    /// @param user  empty where there is none: then it holds for the connection
    /// @param type  what is limited; null for messages of all types
    /// @return zero, or for how long no more are taken
    virtual Duration take_user_rate(std::string_view user, std::uint64_t connection, const void* type,
                                    const RateLimit& limit, TimePoint now) = 0;
    /// On the session's loop: its connection is a WebSocket now.
    virtual void session_started(Session& session) = 0;
    /// On the session's loop: it and its transport have ended. The last call.
    virtual void session_ended(Session& session) noexcept = 0;

 protected:
    ~SessionHost() = default;
};

/// The group that all connections of one login are in, so that logging out can close them.
inline constexpr std::string_view session_group_prefix = "~session:";
inline std::string session_group(std::string_view session_key) {
    return std::string(session_group_prefix).append(session_key);
}

}  // namespace chanx::detail
