#include "layer/redis/gap_tracker.hpp"

namespace chanx::detail {

GapTracker::Entry* GapTracker::find(std::string_view from, std::string_view channel) {
    const auto of_channel = index_.find(std::string(channel));
    if (of_channel == index_.end()) return nullptr;
    const auto found = of_channel->second.find(from);
    if (found == of_channel->second.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &entries_.front();
}

void GapTracker::add(std::string_view from, std::string_view channel, std::uint64_t epoch,
                     std::uint64_t seq) {
    if (entries_.size() >= most_) erase(std::prev(entries_.end()));
    entries_.push_front({std::string(from), std::string(channel), epoch, seq, round_});
    index_[std::string(channel)].emplace(entries_.front().from, entries_.begin());
}

void GapTracker::erase(Entries::iterator entry) {
    const auto of_channel = index_.find(entry->channel);
    of_channel->second.erase(entry->from);
    if (of_channel->second.empty()) index_.erase(of_channel);
    entries_.erase(entry);
}

GapTracker::Verdict GapTracker::observe(std::string_view from, std::string_view channel,
                                        const WireNumber& number) {
    Entry* const entry = find(from, channel);
    if (entry == nullptr) {
        add(from, channel, number.epoch, number.seq);
        return {.gap = number.lost > 0, .missed = number.lost};
    }
    if (number.epoch < entry->epoch || (number.epoch == entry->epoch && number.seq <= entry->seq)) {
        return {.duplicate = true};
    }
    const bool anew = number.epoch > entry->epoch;
    const std::uint64_t missed = number.seq - 1 - (anew ? 0 : entry->seq);
    const bool reported = entry->round != round_;
    entry->epoch = number.epoch;
    entry->seq = number.seq;
    entry->round = round_;
    if (missed == 0 || (reported && number.lost == 0)) return {};
    return {.gap = true, .missed = reported ? number.lost : missed};
}

GapTracker::Verdict GapTracker::last_was(std::string_view from, const LastNumber& last, bool heard_it) {
    Entry* const entry = find(from, last.channel);
    if (entry == nullptr) {
        add(from, last.channel, last.epoch, last.seq);
        // How many of them came while it listened is not known.
        return {.gap = heard_it && last.seq > 0};
    }
    if (last.epoch < entry->epoch || (last.epoch == entry->epoch && last.seq <= entry->seq)) return {};
    const std::uint64_t missed = last.seq - (last.epoch > entry->epoch ? 0 : entry->seq);
    const bool reported = entry->round != round_;
    entry->epoch = last.epoch;
    entry->seq = last.seq;
    entry->round = round_;
    if (reported) return {.gap = heard_it};
    return {.gap = true, .missed = missed};
}

void GapTracker::forget(std::string_view channel) {
    const auto of_channel = index_.find(std::string(channel));
    if (of_channel == index_.end()) return;
    for (const auto& [from, entry] : of_channel->second) entries_.erase(entry);
    index_.erase(of_channel);
}

}  // namespace chanx::detail
