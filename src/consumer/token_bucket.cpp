#include "consumer/token_bucket.hpp"

#include <algorithm>
#include <chrono>

namespace chanx::detail {

namespace {

/// More would leave the range of the clock.
constexpr Duration longest = std::chrono::hours(24 * 365 * 100);

Duration duration_of(double seconds) noexcept {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

Duration TokenBucket::take(TimePoint now, const RateLimit& limit) noexcept {
    constexpr double most = std::chrono::duration<double>(longest).count();
    const double burst = static_cast<double>(limit.burst);
    const double seconds = std::min(1 / limit.per_second, most / std::max(burst, 1.0));
    const Duration cost = duration_of(seconds);
    // Rounding goes the same way in both: a burst fits.
    const Duration capacity = duration_of(seconds * burst);
    const TimePoint from = std::max(full_at_, now);
    const Duration missing = from - now + cost - capacity;
    if (missing > Duration::zero()) return missing;
    full_at_ = from + cost;
    return Duration::zero();
}

}  // namespace chanx::detail
