#pragma once

#include "load/wire.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace load {

struct Options {
    enum class Mode { echo, fanout, groups, idle, connect };

    Mode mode = Mode::echo;
    std::uint16_t port = 0;
    /// fanout: where the senders connect to, if not there.
    std::uint16_t sender_port = 0;
    /// The server's processes, for their CPU time and memory; none: unknown.
    std::vector<pid_t> pids{};
    Protocol protocol = Protocol::websocket;
    /// Empty: /ping/, for fan-out /room/, for groups /groups/.
    std::string path{};

    std::size_t connections = 50;
    /// echo: requests of each connection that are under way at a time.
    std::size_t depth = 1;
    /// fanout: how many of the connections send.
    std::size_t senders = 1;
    /// fanout: messages of each sender that not all have got; groups: of all together.
    std::size_t window = 1;
    /// fanout: rooms that the connections are spread over; groups: groups that there are.
    std::size_t groups = 1;
    /// groups: members of each.
    std::size_t members = 10;
    /// Bytes of an echoed text or of a chat's payload.
    std::size_t size = 25;
    /// connect, and while others open: connections that are being opened at a time.
    std::size_t concurrent = 64;

    /// How long is measured, in seconds, and before that not yet.
    double seconds = 2;
    double warm_up = 0.3;
    /// Instead of a time so many operations, without warming up; 0: by time. (fanout: messages, not
    /// deliveries)
    std::uint64_t operations = 0;

    /// A line for people instead of JSON.
    bool row = false;
};

}  // namespace load
