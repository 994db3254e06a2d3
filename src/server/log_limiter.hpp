#pragma once

#include <cstddef>

#include "runtime/timer.hpp"

namespace chanx::detail {

/// Keeps lines that peers can cause at will from filling the log: so many in a second, the others are counted.
class LogLimiter {
 public:
    static constexpr std::size_t per_second = 10;

    /// @return whether to log now
    bool admit(TimePoint now) noexcept {
        if (now - began_ >= std::chrono::seconds(1)) {
            began_ = now;
            logged_ = 0;
        }
        if (logged_ < per_second) {
            ++logged_;
            return true;
        }
        ++skipped_;
        return false;
    }
    /// Those not logged since the last call.
    std::size_t take_skipped() noexcept {
        const std::size_t count = skipped_;
        skipped_ = 0;
        return count;
    }

 private:
    TimePoint began_{};
    std::size_t logged_ = 0;
    std::size_t skipped_ = 0;
};

}  // namespace chanx::detail
