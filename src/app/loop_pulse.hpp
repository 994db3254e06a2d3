#pragma once

#include "runtime/loop.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

namespace chanx::detail {

/// Whether a loop still answers: it is asked, and until it has come to that it is silent. From any thread,
/// while the loop lives. Real time, whatever the loop's clock is.
class LoopPulse {
  public:
    explicit LoopPulse(Loop& loop) noexcept : loop_(loop) {}

    /// Asks, unless an answer is still due. The answer brings the loop's counters up to date.
    void ask() {
        Duration::rep nothing = 0;
        if (!asked_.compare_exchange_strong(nothing, now())) return;
        loop_.post([this] {
            loop_.update_gauges();
            asked_.store(0, std::memory_order_release);
        });
    }
    /// For how long it has owed an answer; zero where none is due.
    Duration silent() const noexcept {
        const Duration::rep asked = asked_.load(std::memory_order_acquire);
        return asked == 0 ? Duration::zero() : std::max(Duration(now() - asked), Duration(1));
    }

  private:
    static Duration::rep now() noexcept {
        return std::chrono::steady_clock::now().time_since_epoch().count();
    }

    Loop& loop_;
    std::atomic<Duration::rep> asked_{0};  // when; 0: no answer is due
};

}  // namespace chanx::detail
