#include "layer/redis/subscription_table.hpp"

#include <utility>

namespace chanx::detail {

/// @return whether the connection is there to act on it
bool SubscriptionTable::look_again(Entries::value_type& entry) {
    if (down_) return false;
    if (!std::exchange(entry.second.queued, true)) changed_.push_back(entry.first);
    return true;
}

bool SubscriptionTable::acquire(std::string_view key) {
    const std::lock_guard lock(mutex_);
    auto found = entries_.find(key);
    if (found == entries_.end()) found = entries_.try_emplace(std::string(key)).first;
    if (++found->second.holds > 1) return false;
    return look_again(*found);
}

bool SubscriptionTable::release(std::string_view key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.holds == 0 || --found->second.holds > 0) return false;
    if (down_) {
        entries_.erase(found);
        return false;
    }
    return look_again(*found);
}

bool SubscriptionTable::wait(std::string_view key, SubscriptionWaiter& waiter, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.state == State::subscribed) return false;
    if (unserved_since_ && now - *unserved_since_ >= patience_) {
        found->second.gap_due = true;
        return false;
    }
    found->second.waits.push_back({&waiter, now + patience_});
    ++waits_;
    return true;
}

void SubscriptionTable::withdraw(std::string_view key, const SubscriptionWaiter& waiter) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    waits_ -= std::erase_if(found->second.waits, [&](const Wait& wait) { return wait.waiter == &waiter; });
}

void SubscriptionTable::set_gap_due(std::string_view key) {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) found->second.gap_due = true;
}

void SubscriptionTable::connected() {
    const std::lock_guard lock(mutex_);
    down_ = false;
    for (auto& entry : entries_) look_again(entry);
}

void SubscriptionTable::disconnected(TimePoint now) {
    const std::lock_guard lock(mutex_);
    down_ = true;
    if (!unserved_since_) unserved_since_ = now;
    changed_.clear();
    subscribed_ = 0;
    for (auto& [key, entry] : entries_) {
        entry.gap_due = entry.gap_due || entry.state == State::subscribed;
        entry.state = State::idle;
        entry.queued = false;
    }
    std::erase_if(entries_, [](const auto& entry) { return entry.second.holds == 0; });
}

SubscriptionTable::Commands SubscriptionTable::reconcile() {
    Commands commands;
    const std::lock_guard lock(mutex_);
    if (down_) return commands;
    for (std::string& key : std::exchange(changed_, {})) {
        const auto found = entries_.find(key);
        if (found == entries_.end()) continue;
        Entry& entry = found->second;
        entry.queued = false;
        if (entry.holds > 0 && entry.state == State::idle) {
            entry.state = State::subscribing;
            commands.subscribe.push_back(std::move(key));
        } else if (entry.holds == 0 && entry.state == State::subscribed) {
            entry.state = State::unsubscribing;
            --subscribed_;
            commands.unsubscribe.push_back(std::move(key));
        } else if (entry.holds == 0 && entry.state == State::idle) {
            entries_.erase(found);
        }
    }
    return commands;
}

SubscriptionTable::Acknowledged SubscriptionTable::subscribed(std::string_view key, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.state != State::subscribing) return {};
    Entry& entry = found->second;
    entry.state = State::subscribed;
    entry.since = now;
    unserved_since_.reset();
    ++subscribed_;
    for (const Wait& wait : entry.waits) wait.waiter->complete();
    waits_ -= entry.waits.size();
    entry.waits.clear();
    Acknowledged result{.gap_due = std::exchange(entry.gap_due, false)};
    result.more = entry.holds == 0 && look_again(*found);
    return result;
}

SubscriptionTable::Acknowledged SubscriptionTable::unsubscribed(std::string_view key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.state != State::unsubscribing) return {};
    found->second.state = State::idle;
    if (found->second.holds > 0) return {.forgotten = true, .more = look_again(*found)};
    entries_.erase(found);
    return {.forgotten = true};
}

void SubscriptionTable::expire(TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (waits_ == 0) return;
    for (auto& [key, entry] : entries_) {
        waits_ -= std::erase_if(entry.waits, [&, &each = entry](const Wait& wait) {
            if (wait.deadline > now) return false;
            each.gap_due = true;
            wait.waiter->complete();
            return true;
        });
    }
}

std::optional<TimePoint> SubscriptionTable::subscribed_since(std::string_view key) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.state != State::subscribed) return std::nullopt;
    return found->second.since;
}

std::size_t SubscriptionTable::subscription_count() const {
    const std::lock_guard lock(mutex_);
    return subscribed_;
}

}  // namespace chanx::detail
