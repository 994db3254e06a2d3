#pragma once

#include <chanx/layer/frame.hpp>
#include <chanx/settings.hpp>

#include <cstdint>
#include <vector>

#include "runtime/timer.hpp"

namespace chanx::detail {

class Loop;
class Session;

/// Looks after the silent clients of one loop: at each step at every fourth of its sessions, so that none of them needs a
/// timer. Silence is counted in steps that were made: time in which the loop stood still or the machine slept counts as
/// one, so nobody is closed for it before there was time to answer.
class IdleSweep {
 public:
    /// @param sessions  of the loop; outlives this
    IdleSweep(Loop& loop, const std::vector<Session*>& sessions);

    /// How long a step is that the settings of some consumer need; zero where they set no such times.
    static Duration step_for(const Settings& settings) noexcept;

    /// There is a session. @param step  how long one takes; zero: nothing is looked at
    void start(Duration step);
    /// There is none any more.
    void stop() noexcept { timer_.cancel(); }

 private:
    void run();

    Loop& loop_;
    const std::vector<Session*>& sessions_;
    FramePtr ping_;
    Duration step_length_{};
    std::uint32_t step_ = 0;
    Timer timer_;
};

}  // namespace chanx::detail
