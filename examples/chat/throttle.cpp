#include "chat/throttle.hpp"

#include <algorithm>

namespace chat {

std::optional<std::chrono::seconds> Throttle::take(std::span<const Key> keys, TimePoint now) {
    const std::lock_guard lock(mutex_);
    std::optional<std::chrono::seconds> wait;
    for (const Key& key : keys) {
        const auto found = full_at_.find(key.text);
        if (found == full_at_.end()) continue;
        const auto missing = found->second - now + key.bucket.refill;
        const auto most = key.bucket.burst * key.bucket.refill;
        if (missing <= most) continue;
        const auto needed = std::chrono::ceil<std::chrono::seconds>(missing - most);
        wait = std::max(wait.value_or(needed), needed);
    }
    if (wait) return wait;
    if (full_at_.size() + keys.size() > max_buckets_) make_room(now);
    for (const Key& key : keys) {
        TimePoint& full_at = full_at_.try_emplace(key.text, now).first->second;
        full_at = std::max(full_at, now) + key.bucket.refill;
    }
    return std::nullopt;
}

void Throttle::give_back(std::span<const Key> keys, TimePoint now) {
    const std::lock_guard lock(mutex_);
    for (const Key& key : keys) {
        const auto found = full_at_.find(key.text);
        if (found == full_at_.end()) continue;
        found->second -= key.bucket.refill;
        if (found->second <= now) full_at_.erase(found);
    }
}

void Throttle::make_room(TimePoint now) {
    std::erase_if(full_at_, [&](const auto& each) { return each.second <= now; });
    // A tenth at a time, so that one who tries names without end does not have everybody wait for this.
    const std::size_t kept = max_buckets_ - max_buckets_ / 10;
    if (full_at_.size() <= kept) return;
    std::vector<TimePoint> times;
    times.reserve(full_at_.size());
    for (const auto& [key, full_at] : full_at_) times.push_back(full_at);
    const auto cut = times.begin() + static_cast<std::ptrdiff_t>(times.size() - kept - 1);
    std::nth_element(times.begin(), cut, times.end());
    std::erase_if(full_at_, [last = *cut](const auto& each) { return each.second <= last; });
}

std::size_t Throttle::bucket_count() const {
    const std::lock_guard lock(mutex_);
    return full_at_.size();
}

}  // namespace chat
