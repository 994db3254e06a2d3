#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/loop_executor.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/counters.hpp"
#include "runtime/lag_meter.hpp"
#include "runtime/schedule.hpp"
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
/// Everything but post() is called on the loop's own thread. On an io_context that is somebody else's it is a guest: that
/// one's owner runs it, on one thread, and it outlives the loop.
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
    /// As a guest.
    Loop(Options options, boost::asio::io_context& host);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// The loop whose thread this is, or null.
    static Loop* current() noexcept;
    /// @return the one before
    static Loop* exchange_current(Loop* loop) noexcept;

    boost::asio::io_context& io() noexcept { return io_; }
    bool is_guest() const noexcept { return gate_ != nullptr; }
    /// What waits on io() calls back through this.
    LoopExecutor<boost::asio::io_context::executor_type> executor() const noexcept {
        return {io_.get_executor(), gate_};
    }
    unsigned index() const noexcept { return options_.index; }
    bool inline_blocking() const noexcept { return options_.inline_blocking; }

    /// Runs until stop() or until nothing is left to do. Not as a guest.
    void run();
    /// Nothing runs on it any more.
    void stop();
    /// Destroys all chains and what is kept; what comes back afterwards is dropped. On the loop's thread but not inside a
    /// chain, or when it does not run.
    void close() noexcept;
    /// Keeps what the chains use until they have been destroyed.
    void keep(std::shared_ptr<void> object) { kept_.push_back(std::move(object)); }
    /// Runs what is ready, without waiting. Returns how much that was.
    std::size_t poll();
    /// Runs one thing, waiting for it up to a real time.
    void run_one_for(std::chrono::milliseconds patience);
    /// Whether something outside the loop (a pool, a socket) will still come back to it.
    bool has_outside_work();

    /// From any thread: calls the function on the loop's thread.
    template <class Function>
    void post(Function&& function) {
        if (schedule_) [[unlikely]] {
            add_to_schedule(Schedule::make(std::decay_t<Function>(std::forward<Function>(function))));
        } else if (is_guest()) {
            post_to_host(std::make_unique<Posted<std::decay_t<Function>>>(std::forward<Function>(function)));
        } else {
            boost::asio::post(io_, [this, call = std::forward<Function>(function)]() mutable {
                touch();
                call();
            });
        }
    }

    /// post() for what may come at any time, whatever was posted before: readiness, the end of work elsewhere.
    template <class Function>
    void post_apart(Function&& function) {
        if (schedule_) [[unlikely]] {
            add_apart(Schedule::make(std::decay_t<Function>(std::forward<Function>(function))));
        } else {
            post(std::forward<Function>(function));
        }
    }

    /// From now on ready work runs in an order drawn from the seed; poll() runs one piece of it then. Simulated clock only.
    void use_schedule(std::uint64_t seed);
    /// Null where work runs in the order in which it was posted.
    Schedule* schedule() noexcept { return schedule_.get(); }

    TimePoint now() const noexcept;
    /// Simulated clock only: lets time pass up to a point and fires what became due.
    void advance_to(TimePoint time);
    /// By how much the system's clock has been set forward against now() since the loop was made; less than zero: back.
    Duration system_shift() const noexcept;
    /// Simulated clock only: sets the system's clock.
    void shift_system_clock(Duration by) noexcept { simulated_shift_ += by; }
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
    /// Written on the loop's thread, read from any.
    LoopCounters& counters() noexcept { return counters_; }
    const LoopCounters& counters() const noexcept { return counters_; }
    /// Who sets those of the counters() that are counted when somebody asks; null: nobody does.
    void set_gauges(void (*update)(void* owner), void* owner) noexcept {
        update_gauges_ = update;
        gauges_owner_ = owner;
    }
    /// Sets them now.
    void update_gauges();

    /// Starts a chain of coroutines. `done` is called on this loop when it has ended, with its exception if
    /// one left it: inside this call where it did not have to wait. The context must live until then. The
    /// chain's frames are gone when `done` is called.
    void start(TaskContext& context, awaitable<> body, void (*done)(void* owner, std::exception_ptr),
               void* owner);

 private:
    struct PostedBase {
        virtual ~PostedBase() = default;
        virtual void call() = 0;
    };
    template <class Function>
    struct Posted final : PostedBase {
        explicit Posted(Function f) : function(std::move(f)) {}
        void call() override { function(); }
        Function function;
    };

    Loop(Options options, boost::asio::io_context* host);
    void add_to_schedule(std::unique_ptr<Schedule::Work> work);
    void add_apart(std::unique_ptr<Schedule::Work> work);
    void arm_wake();
    void post_to_host(std::unique_ptr<PostedBase> posted);
    void call_posted();
    void start_probe();
    void probe();

    Options options_;
    RootLink* roots_ = nullptr;
    std::vector<std::shared_ptr<void>> kept_;
    std::optional<boost::asio::io_context> own_;
    boost::asio::io_context& io_;
    std::shared_ptr<LoopGate> gate_;  // of a guest
    // A guest's own, for what it holds must not outlive the loop in the host's queue.
    std::mutex posted_mutex_;
    std::deque<std::unique_ptr<PostedBase>> posted_;
    std::unique_ptr<Schedule> schedule_;
    TimerWheel wheel_;
    TimePoint simulated_now_{};
    Duration simulated_shift_{};
    Duration system_lead_;  // of the system's clock at first
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      boost::asio::io_context::executor_type>
        wake_;
    std::optional<TimePoint> wake_at_;
    LagMeter lag_;
    void (*report_lag_)(void*, LagMeter::Report) = nullptr;
    void* lag_owner_ = nullptr;
    bool probe_wanted_ = false;  // lag is watched, and the probe is not armed
    bool touched_ = false;       // since the probe was armed
    LoopCounters counters_;
    void (*update_gauges_)(void*) = nullptr;
    void* gauges_owner_ = nullptr;
    Timer probe_;
};

}  // namespace chanx::detail
