#pragma once

#include <chanx/chrono.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace chat {

/// UTC with milliseconds, as it is stored and as it goes over the wire.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

struct User {
    std::int64_t id = 0;
    std::string username;  ///< as it was registered

    bool operator==(const User&) const = default;
};

struct Credentials {
    User user;
    std::string password_hash;
};

/// A login that has not expired.
struct Session {
    User user;
    TimePoint expires_at;
};

struct Room {
    std::int64_t id = 0;
    std::string name;
    std::string slug;
    std::int64_t creator_id = 0;
    TimePoint created_at;
};

/// A room as one user sees it in the list.
struct RoomEntry {
    std::int64_t id = 0;
    std::string name;
    std::string slug;
    bool is_member = false;
};

struct Message {
    std::int64_t id = 0;
    std::string username;
    std::string message;
    TimePoint timestamp;
};

/// A message with its place in its room's log.
struct LoggedMessage : Message {
    std::int64_t seq = 0;  ///< counts the room's messages from 1, in the order of their ids, leaving none out
    std::int64_t author_id = 0;
};

struct MessagePage {
    std::vector<Message> messages;  ///< oldest first
    bool truncated = false;         ///< there are more of them in the direction that was asked for
};

/// Why a session is deleted: its user logged out, or logged in anew in the same browser.
enum class SessionEnd { logged_out, renewed };

/// What was taken away from somebody: a session, or else the membership of a room.
struct Revocation {
    std::int64_t id = 0;       ///< grows in the order of the commits
    std::string session_hash;  ///< empty where it is a membership
    SessionEnd end = SessionEnd::logged_out;
    std::int64_t room_id = 0;
    std::int64_t user_id = 0;
};

enum class RemovalOutcome { removed, not_member, no_such_user, no_such_room };

struct Removal {
    RemovalOutcome outcome = RemovalOutcome::not_member;
    User user{};  ///< whose membership it was; empty where there is no such user or room
};

}  // namespace chat
