#pragma once

#include "layer/presence_messages.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chanx::detail {

/// What a process has yet to tell others of its users: a snapshot, part by part, and what was said since it
/// began. It goes out in turns, so that a long snapshot leaves room to others in the layer. No message is
/// longer than the layer carries. No locks, no time.
class PresenceOutbox {
  public:
    struct Options {
        std::string node;
        /// Of a message; what can't be said in so many is left out.
        std::size_t max_message_bytes = 0;
        /// Of a turn, if that is more than one message has.
        std::size_t turn_bytes = std::size_t{128} << 10;
        /// Of what waits behind a snapshot; more is dropped, missed, and asked for.
        std::size_t max_waiting_bytes = std::size_t{16} << 20;
    };
    struct Message {
        std::string_view action;
        std::string text;
    };

    explicit PresenceOutbox(Options options) : options_(std::move(options)) {}

    /// Begins to send all that the process has. What waits already is part of it, so it goes behind.
    void begin_snapshot(std::uint64_t version, std::vector<PresencePlace> places);
    void add(Message message);
    bool empty() const noexcept { return !snapshot_ && waiting_.empty(); }
    /// What to send now.
    std::vector<Message> take_turn();
    /// How many places, and changes of some, were left out since they were taken: they are too long.
    std::size_t left_out() const noexcept { return left_out_; }
    std::size_t take_left_out() noexcept { return std::exchange(left_out_, 0); }

  private:
    Message next_part();
    std::size_t max_part_bytes() const noexcept;

    const Options options_;
    bool snapshot_ = false;
    PresenceSnapshot part_;  // the next one
    std::vector<PresencePlace> places_;
    std::size_t sent_ = 0;  // of places_
    std::deque<Message> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace chanx::detail
