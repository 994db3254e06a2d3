#pragma once

#include "chat/store/models.hpp"

#include <chanx/json/constraints.hpp>
#include <chanx/json/time.hpp>
#include <chanx/message/message.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What goes over the wire, in both directions.

namespace chat {

BOOST_DESCRIBE_STRUCT(User, (), (id, username))
BOOST_DESCRIBE_STRUCT(RoomEntry, (), (id, name, slug, is_member))
BOOST_DESCRIBE_STRUCT(Message, (), (id, username, message, timestamp))

/// From a client: says something in the room.
struct ChatMessage {
    static constexpr std::string_view action = "chat";
    /// Far more than anybody types; what a page sends again after it was offline fits into the burst.
    static constexpr chanx::RateLimit user_rate_limit{.per_second = 50, .burst = 1000};
    std::string payload;
    static constexpr auto constraints = chanx::constraints(chanx::trimmed(&ChatMessage::payload),
                                                           chanx::length(&ChatMessage::payload, 1, 4000));
};
BOOST_DESCRIBE_STRUCT(ChatMessage, (), (payload))

/// To the room: something was said, and is saved.
struct ChatPosted {
    static constexpr std::string_view action = "chat";
    std::string payload;
    std::int64_t id = 0;
    std::string username;
    TimePoint timestamp;
};
BOOST_DESCRIBE_STRUCT(ChatPosted, (), (payload, id, username, timestamp))

/// Who came into a room or left it.
struct Visit {
    std::string username;
    std::string room_name;
    TimePoint timestamp;
};
BOOST_DESCRIBE_STRUCT(Visit, (), (username, room_name, timestamp))

struct UserJoined {
    static constexpr std::string_view action = "user_joined";
    Visit payload;
};
BOOST_DESCRIBE_STRUCT(UserJoined, (), (payload))

struct UserLeft {
    static constexpr std::string_view action = "user_left";
    Visit payload;
};
BOOST_DESCRIBE_STRUCT(UserLeft, (), (payload))

/// To a connection that has just come in: what was said before, oldest first.
struct MessageHistory {
    static constexpr std::string_view action = "history";
    std::vector<Message> payload;
    /// There is more: older messages, or newer ones where those after some message were asked for.
    bool truncated = false;
};
BOOST_DESCRIBE_STRUCT(MessageHistory, (), (payload, truncated))

}  // namespace chat
