#include "consumer/token_bucket.hpp"

#include <algorithm>
#include <chrono>

namespace chanx::detail {

namespace {

/// More would leave the range of the clock.
constexpr Duration longest = std::chrono::hours(24 * 365 * 100);

Duration bounded(double seconds) noexcept {
    constexpr double most = std::chrono::duration<double>(longest).count();
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(seconds, most)));
}

}  // namespace

Duration TokenBucket::take(TimePoint now, const RateLimit& limit) noexcept {
    const double seconds = 1 / limit.per_second;
    const Duration cost = bounded(seconds);
    // Rounding goes the same way in both: a burst fits.
    const Duration capacity = bounded(seconds * static_cast<double>(limit.burst));
    const TimePoint from = std::max(full_at_, now);
    const Duration missing = from - now + cost - capacity;
    if (missing > Duration::zero()) return missing;
    full_at_ = from + cost;
    return Duration::zero();
}

}  // namespace chanx::detail
