#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "runtime/timer.hpp"

namespace chanx::detail {

/// All deadlines of one loop: a hashed wheel of 1024 slots of 10 ms. Arming and cancelling cost the same
/// whatever the number of timers; a timer fires up to one tick late, never early.
class TimerWheel {
 public:
    static constexpr Duration tick = std::chrono::milliseconds(10);

    explicit TimerWheel(TimePoint now) : origin_(now) {}
    ~TimerWheel();
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    /// Passes the ticks that nobody waited for, so that next_wake() looks ahead from now. Before arm(), where time
    /// may have passed since the last expire().
    void pass_idle(TimePoint now) noexcept;
    /// Arms the timer anew, also if it is armed.
    void arm(Timer& timer, TimePoint deadline);
    /// Fires what is due. Functions called may arm and cancel timers, destroy their owners too.
    void expire(TimePoint now);

    bool empty() const noexcept { return count_ == 0; }
    std::size_t size() const noexcept { return count_; }
    /// When expire() should be called next: not later than the first deadline plus a tick.
    std::optional<TimePoint> next_wake() const;
    /// The first time at which expire() fires a timer; looks at every timer.
    std::optional<TimePoint> first_deadline() const;

 private:
    friend class Timer;
    static constexpr std::size_t slot_count = 1024;

    std::int64_t tick_of(TimePoint time) const noexcept { return (time - origin_ + tick - Duration(1)) / tick; }
    static void link(Timer*& head, Timer& timer) noexcept;
    void unlink(Timer& timer) noexcept;

    TimePoint origin_;
    std::int64_t done_ = 0;  // the last tick that was expired or passed
    std::size_t count_ = 0;
    std::array<Timer*, slot_count> slots_{};
};

}  // namespace chanx::detail
