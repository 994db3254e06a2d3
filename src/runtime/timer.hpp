#pragma once

#include <chrono>
#include <cstdint>

namespace chanx::detail {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

class TimerWheel;

/// A deadline, armed on a loop, that calls a function once. It lies inside its owner, costs no allocation and
/// is disarmed with it.
class Timer {
 public:
    using Function = void (*)(void* owner);

    Timer(Function function, void* owner) noexcept : function_(function), owner_(owner) {}
    ~Timer() { cancel(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    bool armed() const noexcept { return wheel_ != nullptr; }
    TimePoint deadline() const noexcept { return deadline_; }
    void cancel() noexcept;

 private:
    friend class TimerWheel;

    Function function_;
    void* owner_;
    Timer* next_ = nullptr;
    Timer** link_ = nullptr;  // the pointer that points here
    TimerWheel* wheel_ = nullptr;
    TimePoint deadline_{};
};

}  // namespace chanx::detail
