#include "runtime/lag_meter.hpp"

#include <algorithm>
#include <utility>

namespace chanx::detail {

std::optional<LagMeter::Report> LagMeter::record(TimePoint due, TimePoint now) noexcept {
    const Duration lag = std::max(now - due, Duration::zero());
    auto greatest = greatest_.load(std::memory_order_relaxed);
    // Somebody may take it meanwhile: then this is the first one of what follows.
    while (lag.count() > greatest &&
           !greatest_.compare_exchange_weak(greatest, lag.count(), std::memory_order_relaxed)) {
    }
    if (limit_ <= Duration::zero() || lag < limit_) return std::nullopt;
    unreported_.worst = std::max(unreported_.worst, lag);
    ++unreported_.times;
    if (reported_ && now - *reported_ < quiet) return std::nullopt;
    reported_ = now;
    return std::exchange(unreported_, {});
}

}  // namespace chanx::detail
