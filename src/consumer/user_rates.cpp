#include "consumer/user_rates.hpp"

#include "runtime/keyed_hash.hpp"

#include <chanx/logging.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace chanx::detail {

std::size_t UserRates::Hash::operator()(const Name& name) const noexcept {
    std::size_t hash = keyed_hash(name.user);
    hash ^= std::hash<std::uint64_t>()(name.connection) + 0x9e3779b97f4a7c15U + (hash << 6) + (hash >> 2);
    hash ^= std::hash<const void*>()(name.type) + 0x9e3779b97f4a7c15U + (hash << 6) + (hash >> 2);
    return hash;
}

Duration UserRates::take(std::string_view user, std::uint64_t connection, const void* type, const RateLimit& limit,
                         TimePoint now) {
    const Name name{user, user.empty() ? connection : 0, type};
    Share& share = shares_[Hash()(name) / 7 % share_count];
    const std::lock_guard lock(share.mutex);
    auto found = share.buckets.find(name);
    if (found == share.buckets.end()) {
        if (share.buckets.size() >= share.tidy_at && !make_room(share, now)) return Duration::zero();
        found = share.buckets.try_emplace(Key{std::string(user), name.connection, type}).first;
    }
    return found->second.take(now, limit);
}

bool UserRates::make_room(Share& share, TimePoint now) {
    constexpr std::size_t most_of_share = most / share_count;
    // Looking at all of them is not for every message.
    constexpr Duration pause = std::chrono::milliseconds(100);
    if (share.buckets.size() < most_of_share || now - share.tidied >= pause) {
        share.tidied = now;
        std::erase_if(share.buckets, [now](const auto& entry) { return entry.second.full(now); });
        share.tidy_at = std::clamp<std::size_t>(share.buckets.size() * 2, 64, most_of_share);
    }
    if (share.buckets.size() < most_of_share) return true;
    constexpr Duration quiet = std::chrono::seconds(10);
    if (!std::exchange(share.has_warned, true) || now - share.warned >= quiet) {
        share.warned = now;
        log(LogLevel::warn, "too many users to limit the rates of all", {{"users", most}});
    }
    return false;
}

std::size_t UserRates::size() {
    std::size_t size = 0;
    for (Share& share : shares_) {
        const std::lock_guard lock(share.mutex);
        size += share.buckets.size();
    }
    return size;
}

}  // namespace chanx::detail
