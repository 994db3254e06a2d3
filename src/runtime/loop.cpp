#include "runtime/loop.hpp"

#include <chanx/clock.hpp>
#include <chanx/error.hpp>

#include <boost/asio/bind_executor.hpp>

#include <algorithm>
#include <cstddef>
#include <new>

#include "runtime/memory_reserve.hpp"

namespace chanx::detail {

namespace {

thread_local Loop* current_loop = nullptr;

/// What the system's clock shows more than the one that is never set.
Duration system_lead() noexcept {
    return std::chrono::system_clock::now().time_since_epoch() - std::chrono::steady_clock::now().time_since_epoch();
}

class CurrentLoop {
 public:
    explicit CurrentLoop(Loop* loop) noexcept : before_(std::exchange(current_loop, loop)) {}
    ~CurrentLoop() { current_loop = before_; }
    CurrentLoop(const CurrentLoop&) = delete;
    CurrentLoop& operator=(const CurrentLoop&) = delete;

 private:
    Loop* before_;
};

}  // namespace

/// A chain that has run to its end or to its first wait.
class StartedChain {
 public:
    /// The task must be the running one.
    StartedChain(TaskContext& task, awaitable<>&& body) : body_(std::move(body)) {
        auto& promise = body_.handle_.promise();
        promise.task = &task;
        promise.continuation = std::noop_coroutine();
        body_.handle_.resume();
    }

    bool ended() const noexcept { return body_.handle_.done(); }
    /// Of a chain that has ended; its frame is gone afterwards.
    std::exception_ptr take_error() noexcept {
        const awaitable<> body = std::move(body_);
        return body.handle_.promise().take_error();
    }

    // Waiting for the end.
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> parent) const noexcept {
        body_.handle_.promise().continuation = parent;
    }
    std::exception_ptr await_resume() noexcept { return take_error(); }

 private:
    awaitable<> body_;
};

namespace {

/// What a chain that waits ends in. Its frame owns the whole chain, so that a loop can destroy what never
/// ended; a chain that does not wait needs none.
struct Root {
    struct promise_type : PromiseBase, RootLink {
        promise_type() = default;
        // Not without memory: the chain cannot be taken back.
        static void* operator new(std::size_t size) noexcept { return MemoryReserve::allocate(size); }
        static void operator delete(void* memory, std::size_t size) noexcept { MemoryReserve::free(memory, size); }
        ~promise_type() {
            if (link == nullptr) return;
            *link = next;
            if (next != nullptr) next->link = link;
        }
        Root get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::terminate(); }
    };

    std::coroutine_handle<promise_type> handle;
};

Root drive(StartedChain chain, void (*done)(void*, std::exception_ptr), void* owner) noexcept {
    std::exception_ptr error = co_await chain;
    done(owner, std::move(error));
}

class SleepOperation {
 public:
    explicit SleepOperation(Duration duration) : duration_(duration) {}

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        task_ = handle.promise().task;
        handle_ = handle;
        if (task_->cancelled) return false;
        task_->wait_for(this, [](void* self) noexcept { static_cast<SleepOperation*>(self)->cancel(); });
        task_->loop->arm(timer_, duration_);
        return true;
    }
    void await_resume() const {
        if (task_->cancelled) throw Cancelled();
    }

 private:
    static void fire(void* self) {
        auto& operation = *static_cast<SleepOperation*>(self);
        TaskContext& task = *operation.task_;
        task.arrived();
        if (task.loop->schedule() != nullptr) {
            // Those that are due at the same time wake in any order.
            task.loop->post_apart([&task, handle = operation.handle_] { resume(task, handle); });
        } else {
            resume(task, operation.handle_);
        }
    }
    // Not resumed here: whoever cancels is in the middle of something.
    void cancel() {
        timer_.cancel();
        task_->loop->post([this] { resume(*task_, handle_); });
    }

    Duration duration_;
    TaskContext* task_ = nullptr;
    std::coroutine_handle<> handle_;
    Timer timer_{&SleepOperation::fire, this};
};

}  // namespace

Loop::Loop() : Loop(Options{}) {}

Loop::Loop(Options options) : Loop(options, nullptr) {}
Loop::Loop(Options options, boost::asio::io_context& host) : Loop(options, &host) {}

Loop::Loop(Options options, boost::asio::io_context* host)
    // Only its own thread uses what lives on it: what comes from others is posted.
    : options_(options), io_(host != nullptr ? *host : own_.emplace(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO)),
      wheel_(options.clock == ClockKind::real ? std::chrono::steady_clock::now() : TimePoint{}),
      system_lead_(system_lead()), wake_(io_),
      probe_([](void* self) { static_cast<Loop*>(self)->probe(); }, this) {
    if (host != nullptr) gate_ = std::make_shared<LoopGate>(*this, *host);
}

Loop::~Loop() { close(); }

void Loop::close() noexcept {
    CurrentLoop current(this);
    if (gate_) gate_->close();
    while (roots_ != nullptr) roots_->handle.destroy();
    kept_.clear();
    // What is dropped may post in its end.
    for (bool more = true; more;) {
        std::deque<std::unique_ptr<PostedBase>> dropped;
        const std::lock_guard lock(posted_mutex_);
        dropped.swap(posted_);
        more = !dropped.empty();
    }
    if (schedule_) schedule_->drop();
}

Loop* Loop::current() noexcept { return current_loop; }
Loop* Loop::exchange_current(Loop* loop) noexcept { return std::exchange(current_loop, loop); }

void Loop::run() {
    CurrentLoop current(this);
    io_.run();
}

void Loop::stop() {
    if (is_guest()) {
        close();
    } else {
        io_.stop();
    }
}

void Loop::post_to_host(std::unique_ptr<PostedBase> posted) {
    {
        const std::lock_guard lock(posted_mutex_);
        posted_.push_back(std::move(posted));
    }
    // One call for each, so that the host's own work has its turn in between.
    const auto call = [this] { call_posted(); };
    boost::asio::post(io_, GatedFunction<std::decay_t<decltype(call)>>{gate_, call});
}

void Loop::call_posted() {
    std::unique_ptr<PostedBase> next;
    {
        const std::lock_guard lock(posted_mutex_);
        if (posted_.empty()) return;
        next = std::move(posted_.front());
        posted_.pop_front();
    }
    touch();
    next->call();
}

std::size_t Loop::poll() {
    CurrentLoop current(this);
    io_.restart();
    std::size_t ran = io_.poll();
    if (schedule_ && schedule_->run_one()) ++ran;
    return ran;
}

void Loop::use_schedule(std::uint64_t seed) {
    if (schedule_) {
        schedule_->reseed(seed);
    } else {
        schedule_ = std::make_unique<Schedule>(seed);
    }
}

void Loop::add_to_schedule(std::unique_ptr<Schedule::Work> work) {
    Schedule::Source source{.chain = current_task()};
    if (source.chain == nullptr && current() == this) source = schedule_->running();
    schedule_->add(std::move(work), source);
    // It may be waiting for what comes from outside.
    if (current() != this) boost::asio::post(io_, [] {});
}

void Loop::add_apart(std::unique_ptr<Schedule::Work> work) {
    schedule_->add_apart(std::move(work));
    if (current() != this) boost::asio::post(io_, [] {});
}

void Loop::run_one_for(std::chrono::milliseconds patience) {
    CurrentLoop current(this);
    io_.restart();
    io_.run_one_for(patience);
}

bool Loop::has_outside_work() {
    // An io_context without work stops at once. What ran here just now came from outside.
    CurrentLoop current(this);
    io_.restart();
    return io_.poll() > 0 || !io_.stopped();
}

Duration Loop::system_shift() const noexcept {
    return options_.clock == ClockKind::real ? system_lead() - system_lead_ : simulated_shift_;
}

TimePoint Loop::now() const noexcept {
    return options_.clock == ClockKind::real ? std::chrono::steady_clock::now() : simulated_now_;
}

void Loop::advance_to(TimePoint time) {
    CurrentLoop current(this);
    if (time > simulated_now_) simulated_now_ = time;
    wheel_.expire(simulated_now_);
}

void Loop::arm(Timer& timer, Duration after) {
    // Longer ones would leave the range of the clock.
    constexpr Duration longest = std::chrono::hours(24 * 365 * 100);
    const TimePoint time = now();
    wheel_.pass_idle(time);
    wheel_.arm(timer, time + std::clamp(after, Duration::zero(), longest));
    if (options_.clock == ClockKind::real) arm_wake();
}

void Loop::arm_wake() {
    const auto next = wheel_.next_wake();
    if (!next || (wake_at_ && *wake_at_ <= *next)) return;
    wake_at_.reset();
    wake_.expires_at(*next);
    const auto on_wake = [this](const boost::system::error_code& error) {
        if (error) return;  // armed anew, or the loop ends
        const TimePoint time = now();
        // What is armed meanwhile is seen afterwards: until then the wheel is behind.
        const TimePoint due = std::exchange(wake_at_, TimePoint::min()).value_or(time);
        counters_.lag.record(time - due);
        if (const auto late = lag_.record(due, time)) report_lag_(lag_owner_, *late);
        wheel_.expire(time);
        wake_at_.reset();
        arm_wake();
    };
    if (is_guest()) {
        wake_.async_wait(boost::asio::bind_executor(executor(), on_wake));
    } else {
        wake_.async_wait(on_wake);
    }
    // There may have been no memory to wait: then whoever arms next does.
    wake_at_ = next;
}

void Loop::watch_lag(Duration limit, void (*report)(void*, LagMeter::Report), void* owner) {
    lag_.set_limit(limit);
    report_lag_ = report;
    lag_owner_ = owner;
    probe_wanted_ = limit > Duration::zero() && options_.clock == ClockKind::real;
}

void Loop::start_probe() {
    constexpr Duration most = std::chrono::milliseconds(50);
    probe_wanted_ = false;
    touched_ = false;
    try {
        arm(probe_, std::clamp(lag_.limit() / 2, TimerWheel::tick, most));
    } catch (const std::bad_alloc&) {
        // What was about to run is worth more than the watch over it.
        probe_wanted_ = true;
    }
}

void Loop::probe() {
    if (touched_) {
        start_probe();
    } else {
        probe_wanted_ = true;
    }
}

void Loop::update_gauges() {
    counters_.timers.set(wheel_.size());
    if (update_gauges_ != nullptr) update_gauges_(gauges_owner_);
}

void Loop::start(TaskContext& context, awaitable<> body, void (*done)(void*, std::exception_ptr),
                 void* owner) {
    context.loop = this;
    const RunningTask running(context);
    StartedChain chain(context, std::move(body));
    if (chain.ended()) {
        done(owner, chain.take_error());
        return;
    }
    const Root root = drive(std::move(chain), done, owner);
    auto& promise = root.handle.promise();
    promise.RootLink::handle = root.handle;
    promise.next = roots_;
    promise.link = &roots_;
    if (roots_ != nullptr) roots_->link = &promise.next;
    roots_ = &promise;
}

}  // namespace chanx::detail

namespace chanx {

awaitable<> sleep_for(std::chrono::steady_clock::duration duration) { co_await detail::SleepOperation(duration); }

}  // namespace chanx
