#include "layer/redis/sequence_table.hpp"

#include <utility>

namespace chanx::detail {

SequenceTable::Entry& SequenceTable::touch(std::string_view channel, TimePoint now) {
    const auto found = index_.find(channel);
    if (found != index_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
    } else {
        if (index_.size() >= most_) {
            index_.erase(entries_.back().channel);
            entries_.pop_back();
        }
        entries_.push_front({std::string(channel), {.epoch = ++epochs_}, now});
        index_.emplace(entries_.front().channel, entries_.begin());
    }
    entries_.front().changed = now;
    return entries_.front();
}

WireNumber SequenceTable::next(std::string_view channel, TimePoint now) {
    WireNumber& number = touch(channel, now).number;
    ++number.seq;
    WireNumber result = number;
    number.lost = 0;
    return result;
}

void SequenceTable::skip(std::string_view channel, std::uint64_t count, TimePoint now) {
    WireNumber& number = touch(channel, now).number;
    number.seq += count;
    number.lost += count;
}

std::vector<LastNumber> SequenceTable::changed_since(TimePoint since, TimePoint now) const {
    std::vector<LastNumber> changed;
    for (const Entry& entry : entries_) {
        if (entry.changed < since) break;
        const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - entry.changed).count();
        changed.push_back(
            {entry.channel, entry.number.epoch, entry.number.seq, static_cast<std::uint64_t>(age)});
    }
    return changed;
}

}  // namespace chanx::detail
