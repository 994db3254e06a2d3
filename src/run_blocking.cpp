#include <chanx/error.hpp>
#include <chanx/logging.hpp>
#include <chanx/run_blocking.hpp>

#include <boost/asio/executor_work_guard.hpp>

#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "runtime/loop.hpp"

namespace chanx {

namespace {

using WorkGuard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

/// A call that somebody waits for, or one that nobody does.
struct Queued {
    detail::BlockingCall* call = nullptr;
    // The loop must not run out of work while the call is away.
    std::optional<WorkGuard> work{};
    std::unique_ptr<detail::PostedCall> posted{};
};

void run_posted(const std::string& pool, std::unique_ptr<detail::PostedCall> posted) noexcept {
    try {
        posted->call();
    } catch (const std::exception& failure) {
        log(LogLevel::error, "posted call failed", {{"pool", pool}, {"what", failure.what()}});
    } catch (...) {
        log(LogLevel::error, "posted call failed", {{"pool", pool}});
    }
}

}  // namespace

struct BlockingPool::State {
    Options options;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::condition_variable ended;
    std::list<Queued> queue;
    std::size_t running = 0;
    bool stopping = false;
    std::vector<std::thread> threads;
};

BlockingPool::BlockingPool(Options options) : state_(std::make_unique<State>()) {
    if (options.threads == 0 || options.queue == 0) {
        throw ConfigurationError("chanx: the blocking pool '" + options.name + "' needs at least 1 thread and a queue of 1");
    }
    state_->options = std::move(options);
    for (std::size_t i = 0; i < state_->options.threads; ++i) {
        state_->threads.emplace_back([this] {
            std::unique_lock lock(state_->mutex);
            for (;;) {
                state_->changed.wait(lock, [this] { return state_->stopping || !state_->queue.empty(); });
                if (state_->queue.empty()) return;
                Queued next = std::move(state_->queue.front());
                state_->queue.pop_front();
                ++state_->running;
                lock.unlock();
                if (next.posted) {
                    run_posted(state_->options.name, std::move(next.posted));
                } else {
                    next.call->run();
                }
                lock.lock();
                --state_->running;
                if (next.call == nullptr) continue;
                // Under the lock, for withdraw(): without it call and loop may be gone from here on.
                next.call->resume_later();
                next.call->ended_ = true;
                state_->ended.notify_all();
            }
        });
    }
}

BlockingPool::~BlockingPool() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->changed.notify_all();
    for (auto& thread : state_->threads) thread.join();
}

const std::string& BlockingPool::name() const noexcept { return state_->options.name; }

std::size_t BlockingPool::pending() const {
    const std::lock_guard lock(state_->mutex);
    return state_->queue.size() + state_->running;
}

void BlockingPool::submit(detail::BlockingCall& call) {
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->queue.size() >= state_->options.queue) {
            throw ApiException(503, "The server is busy (" + state_->options.name + "), try again later");
        }
        state_->queue.push_back({&call, boost::asio::make_work_guard(call.task_->loop->io())});
        call.submitted_to_ = this;
    }
    state_->changed.notify_one();
}

bool BlockingPool::post(std::unique_ptr<detail::PostedCall> posted) {
    if (detail::Loop* const loop = detail::Loop::current(); loop != nullptr && loop->inline_blocking()) {
        loop->post_apart([this, posted = std::move(posted)]() mutable {
            run_posted(state_->options.name, std::move(posted));
        });
        return true;
    }
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->queue.size() >= state_->options.queue) return false;
        state_->queue.push_back({.posted = std::move(posted)});
    }
    state_->changed.notify_one();
    return true;
}

void BlockingPool::withdraw(detail::BlockingCall& call) noexcept {
    std::unique_lock lock(state_->mutex);
    if (std::erase_if(state_->queue, [&](const Queued& queued) { return queued.call == &call; }) > 0) return;
    state_->ended.wait(lock, [&] { return call.ended_; });
}

namespace detail {

void BlockingCall::begin(BlockingPool& pool, TaskContext& task, std::coroutine_handle<> handle) {
    task_ = &task;
    handle_ = handle;
    if (task.loop->inline_blocking()) {
        task.loop->post_apart([this] {
            run();
            resume_later();
        });
    } else {
        pool.submit(*this);
    }
}

void BlockingCall::run() noexcept {
    try {
        call();
    } catch (...) {
        error_ = std::current_exception();
    }
}

void BlockingCall::resume_later() {
    task_->loop->post([this] { resume(*task_, handle_); });
}

void BlockingCall::withdraw() noexcept {
    if (submitted_to_ != nullptr) submitted_to_->withdraw(*this);
}

}  // namespace detail
}  // namespace chanx
