#include <chanx/error.hpp>
#include <chanx/run_blocking.hpp>

#include <boost/asio/executor_work_guard.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/loop.hpp"

namespace chanx {

struct BlockingPool::State {
    Options options;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::deque<detail::BlockingCall*> queue;
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
                detail::BlockingCall* const call = state_->queue.front();
                state_->queue.pop_front();
                ++state_->running;
                lock.unlock();
                call->run();
                lock.lock();
                --state_->running;
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
        state_->queue.push_back(&call);
    }
    state_->changed.notify_one();
}

namespace detail {

void BlockingCall::begin(BlockingPool& pool, TaskContext& task, std::coroutine_handle<> handle) {
    task_ = &task;
    handle_ = handle;
    if (task.loop->inline_blocking()) {
        task.loop->post([this] { run(); });
        return;
    }
    task.loop->call_went_out();
    try {
        pool.submit(*this);
    } catch (...) {
        task.loop->call_came_back();
        throw;
    }
}

void BlockingCall::run() noexcept {
    // The loop must not end while the call is away, and this object may be gone once it is posted.
    auto& loop = *task_->loop;
    {
        const auto work = boost::asio::make_work_guard(loop.io());
        try {
            call();
        } catch (...) {
            error_ = std::current_exception();
        }
        loop.post([this] { resume(*task_, handle_); });
    }
    if (!loop.inline_blocking()) loop.call_came_back();
}

}  // namespace detail
}  // namespace chanx
