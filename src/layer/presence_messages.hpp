#pragma once

#include <chanx/json/describe.hpp>
#include <chanx/message/message.hpp>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What processes tell each other about who is where. Each counts its own changes; `version` is that count
// after the change, so that who has missed one notices and asks for all.

namespace chanx::detail {

/// A user has so many connections in a group of that process now.
struct PresenceChanged {
    static constexpr std::string_view action = "presence_changed";
    std::string node;
    std::uint64_t version = 0;
    std::string group;
    std::string user;
    std::uint64_t connections = 0;
};
BOOST_DESCRIBE_STRUCT(PresenceChanged, (), (node, version, group, user, connections))

/// The process lives.
struct PresenceBeat {
    static constexpr std::string_view action = "presence_beat";
    std::string node;
    std::uint64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(PresenceBeat, (), (node, version))

/// Somebody does not know all of a process; of every one, where it names none.
struct PresenceWanted {
    static constexpr std::string_view action = "presence_wanted";
    std::string node;
};
BOOST_DESCRIBE_STRUCT(PresenceWanted, (), (node))

struct PresencePlace {
    std::string group;
    std::string user;
    std::uint64_t connections = 0;
};
BOOST_DESCRIBE_STRUCT(PresencePlace, (), (group, user, connections))

/// A part of all that a process has, in order; the last says so.
struct PresenceSnapshot {
    static constexpr std::string_view action = "presence_snapshot";
    std::string node;
    std::uint64_t version = 0;
    std::uint64_t part = 0;
    bool last = false;
    std::vector<PresencePlace> places;
};
BOOST_DESCRIBE_STRUCT(PresenceSnapshot, (), (node, version, part, last, places))

/// The process ends, and its users with it.
struct PresenceGone {
    static constexpr std::string_view action = "presence_gone";
    std::string node;
};
BOOST_DESCRIBE_STRUCT(PresenceGone, (), (node))

}  // namespace chanx::detail
