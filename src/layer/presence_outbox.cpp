#include "layer/presence_outbox.hpp"

#include <chanx/json/encode.hpp>

#include <algorithm>
#include <limits>

namespace chanx::detail {

namespace {

/// Of a part, where the layer would carry more.
constexpr std::size_t most_part_bytes = std::size_t{32} << 10;

}  // namespace

std::size_t PresenceOutbox::max_part_bytes() const noexcept {
    return std::min(options_.max_message_bytes, most_part_bytes);
}

void PresenceOutbox::begin_snapshot(std::uint64_t version, std::vector<PresencePlace> places) {
    snapshot_ = true;
    part_ = {.node = options_.node, .version = version, .part = 0, .last = false, .places = {}};
    places_ = std::move(places);
    sent_ = 0;
}

void PresenceOutbox::add(Message message) {
    if (message.text.size() > options_.max_message_bytes) {
        ++left_out_;
        return;
    }
    if (waiting_bytes_ + message.text.size() > options_.max_waiting_bytes) return;
    waiting_bytes_ += message.text.size();
    waiting_.push_back(std::move(message));
}

PresenceOutbox::Message PresenceOutbox::next_part() {
    // What surrounds places is nowhere longer than this.
    const std::size_t frame = encode_message(PresenceSnapshot{
                                                 .node = options_.node,
                                                 .version = std::numeric_limits<std::uint64_t>::max(),
                                                 .part = std::numeric_limits<std::uint64_t>::max(),
                                                 .last = false,
                                                 .places = {},
                                             })
                                  .size();
    std::size_t bytes = frame;
    part_.places.clear();
    for (; sent_ < places_.size(); ++sent_) {
        const std::size_t size = encode(places_[sent_]).size() + 1;
        if (frame + size > options_.max_message_bytes) {
            ++left_out_;
            continue;
        }
        if (bytes + size > max_part_bytes() && !part_.places.empty()) break;
        bytes += size;
        part_.places.push_back(std::move(places_[sent_]));
    }
    part_.last = sent_ == places_.size();
    Message message{PresenceSnapshot::action, encode_message(part_)};
    ++part_.part;
    if (part_.last) {
        snapshot_ = false;
        part_ = {};
        places_ = {};
    }
    return message;
}

std::vector<PresenceOutbox::Message> PresenceOutbox::take_turn() {
    std::vector<Message> turn;
    std::size_t bytes = 0;
    while (!empty()) {
        const std::size_t next = snapshot_ ? max_part_bytes() : waiting_.front().text.size();
        if (!turn.empty() && bytes + next > options_.turn_bytes) break;
        if (snapshot_) {
            turn.push_back(next_part());
        } else {
            waiting_bytes_ -= next;
            turn.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        bytes += turn.back().text.size();
    }
    return turn;
}

}  // namespace chanx::detail
