#include "chat/login_throttle.hpp"

#include "chat/store/username.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace chat {

LoginThrottle::LoginThrottle(Options options) : options_(options) {}

// The letter in front tells the kinds apart, and the last blank name and network: a network has none.
std::array<LoginThrottle::Key, 3> LoginThrottle::keys(const std::string& name,
                                                      const std::string& network) const {
    const std::string user = folded(name);
    return {Key{"p" + user + ' ' + network, options_.of_pair}, Key{"a" + network, options_.of_network},
            Key{"n" + user, options_.of_name}};
}

std::optional<std::chrono::seconds> LoginThrottle::begin(const std::string& name, const std::string& network,
                                                         TimePoint now) {
    return take(keys(name, network), now);
}

std::optional<std::chrono::seconds> LoginThrottle::begin_account(const std::string& network, TimePoint now) {
    if (network.empty()) return std::nullopt;
    const Key key{"c" + network, options_.of_accounts};
    return take(std::span(&key, 1), now);
}

std::optional<std::chrono::seconds> LoginThrottle::take(std::span<const Key> all, TimePoint now) {
    const std::lock_guard lock(mutex_);
    std::optional<std::chrono::seconds> wait;
    for (const Key& key : all) {
        const auto found = full_at_.find(key.text);
        if (found == full_at_.end()) continue;
        const auto missing = found->second - now + key.bucket.refill;
        const auto most = key.bucket.burst * key.bucket.refill;
        if (missing <= most) continue;
        const auto needed = std::chrono::ceil<std::chrono::seconds>(missing - most);
        wait = std::max(wait.value_or(needed), needed);
    }
    if (wait) return wait;
    if (full_at_.size() + all.size() > options_.max_buckets) make_room(now);
    for (const Key& key : all) {
        TimePoint& full_at = full_at_.try_emplace(key.text, now).first->second;
        full_at = std::max(full_at, now) + key.bucket.refill;
    }
    return std::nullopt;
}

void LoginThrottle::forgive(const std::string& name, const std::string& network, TimePoint now) {
    const std::lock_guard lock(mutex_);
    for (const Key& key : keys(name, network)) {
        const auto found = full_at_.find(key.text);
        if (found == full_at_.end()) continue;
        found->second -= key.bucket.refill;
        if (found->second <= now) full_at_.erase(found);
    }
}

void LoginThrottle::make_room(TimePoint now) {
    std::erase_if(full_at_, [&](const auto& each) { return each.second <= now; });
    // A tenth at a time, so that one who tries names without end does not have everybody wait for this.
    const std::size_t kept = options_.max_buckets - options_.max_buckets / 10;
    if (full_at_.size() <= kept) return;
    std::vector<TimePoint> times;
    times.reserve(full_at_.size());
    for (const auto& [key, full_at] : full_at_) times.push_back(full_at);
    const auto cut = times.begin() + static_cast<std::ptrdiff_t>(times.size() - kept - 1);
    std::nth_element(times.begin(), cut, times.end());
    std::erase_if(full_at_, [last = *cut](const auto& each) { return each.second <= last; });
}

std::size_t LoginThrottle::bucket_count() const {
    const std::lock_guard lock(mutex_);
    return full_at_.size();
}

LoginAttempt::LoginAttempt(LoginThrottle& throttle, std::string name, std::string network)
    : throttle_(throttle),
      name_(std::move(name)),
      network_(std::move(network)),
      wait_(throttle_.begin(name_, network_, std::chrono::steady_clock::now())) {}

LoginAttempt::~LoginAttempt() {
    if (!wait_ && !counts_) throttle_.forgive(name_, network_, std::chrono::steady_clock::now());
}

}  // namespace chat
