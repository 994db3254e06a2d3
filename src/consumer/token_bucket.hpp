#pragma once

#include <chanx/rate_limit.hpp>

#include "runtime/timer.hpp"

namespace chanx::detail {

/// How much of a RateLimit is used up. It is all in the time at which the bucket will be full again.
class TokenBucket {
 public:
    /// Takes one out.
    /// @return zero, or for how long there is none; then nothing was taken
    Duration take(TimePoint now, const RateLimit& limit) noexcept;
    /// Nothing is used up: the bucket need not be kept.
    bool full(TimePoint now) const noexcept { return full_at_ <= now; }

 private:
    TimePoint full_at_{};
};

}  // namespace chanx::detail
