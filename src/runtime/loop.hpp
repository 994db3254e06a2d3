#pragma once

#include <chanx/awaitable.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include "runtime/lag_meter.hpp"
#include "runtime/timer_wheel.hpp"

namespace chanx::detail {

/// Whose time a loop keeps.
enum class ClockKind { real, simulated };

/// A chain of coroutines that waits for something; all that a loop has yet to bring to their ends.
struct RootLink {
    RootLink* next = nullptr;
    RootLink** link = nullptr;
    std::coroutine_handle<> handle;
};

/// One thread's event loop: its io_context, its deadlines, and the chains of coroutines that run on it.
/// Everything but post() is called on the loop's own thread.
class Loop {
 public:
    struct Options {
        ClockKind clock = ClockKind::real;
        /// Blocking calls run here instead of on their pool.
        bool inline_blocking = false;
        unsigned index = 0;
    };

    Loop();
    explicit Loop(Options options);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// The loop whose thread this is, or null.
    static Loop* current() noexcept;

    boost::asio::io_context& io() noexcept { return io_; }
    unsigned index() const noexcept { return options_.index; }
    bool inline_blocking() const noexcept { return options_.inline_blocking; }

    /// Runs until stop() or until nothing is left to do.
    void run();
    void stop();
    /// Runs what is ready, without waiting. Returns how much that was.
    std::size_t poll();
    /// Runs one thing, waiting for it up to a real time.
    void run_one_for(std::chrono::milliseconds patience);
    /// Whether something outside the loop (a pool, a socket) will still come back to it.
    bool has_outside_work();

    /// From any thread: calls the function on the loop's thread.
    template <class Function>
    void post(Function&& function) {
        boost::asio::post(io_, [this, call = std::forward<Function>(function)]() mutable {
            touch();
            call();
        });
    }

    TimePoint now() const noexcept;
    /// Simulated clock only: lets time pass up to a point and fires what became due.
    void advance_to(TimePoint time);
    const TimerWheel& timers() const noexcept { return wheel_; }

    void arm(Timer& timer, Duration after);

    /// Tells when the loop is late by the limit or more, at most once in LagMeter::quiet. It is measured by a timer
    /// that is armed while there is something to do (touch()), so an idle loop sleeps on. Real clock only.
    void watch_lag(Duration limit, void (*report)(void* owner, LagMeter::Report), void* owner);
    /// There is something to do. A handful of instructions.
    void touch() {
        if (probe_wanted_) {
            start_probe();
        } else {
            touched_ = true;
        }
    }
    LagMeter& lag() noexcept { return lag_; }

    /// Starts a chain of coroutines. `done` is called on this loop when it has ended, with its exception if
    /// one left it: inside this call where it did not have to wait. The context must live until then. The
    /// chain's frames are gone when `done` is called.
    void start(TaskContext& context, awaitable<> body, void (*done)(void* owner, std::exception_ptr),
               void* owner);

 private:
    void arm_wake();
    void start_probe();
    void probe();

    Options options_;
    RootLink* roots_ = nullptr;
    boost::asio::io_context io_;
    TimerWheel wheel_;
    TimePoint simulated_now_{};
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>
        wake_;
    std::optional<TimePoint> wake_at_;
    LagMeter lag_;
    void (*report_lag_)(void*, LagMeter::Report) = nullptr;
    void* lag_owner_ = nullptr;
    bool probe_wanted_ = false;  // lag is watched, and the probe is not armed
    bool touched_ = false;       // since the probe was armed
    Timer probe_;
};

}  // namespace chanx::detail
