#pragma once

#include "runtime/timer.hpp"

#include <cstdint>
#include <utility>

namespace chanx::detail {

/// Lets a line of a kind into the log once a second, with how many there were.
class LogLimiter {
  public:
    /// @return how many there are to report, this one included; 0: not now
    std::uint64_t pass(TimePoint now) noexcept {
        ++waiting_;
        if (now < next_) return 0;
        next_ = now + std::chrono::seconds(1);
        return std::exchange(waiting_, 0);
    }

  private:
    std::uint64_t waiting_ = 0;
    TimePoint next_{};
};

}  // namespace chanx::detail
