#pragma once

#include "runtime/loop.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace threaded {

/// What waits longer than this hangs.
inline constexpr std::chrono::seconds patience{60};

/// @throws std::runtime_error where it does not come in time
template <class T>
T get_in_time(std::future<T> future) {
    if (future.wait_for(patience) != std::future_status::ready)
        throw std::runtime_error("nothing came in time");
    return future.get();
}

/// A few loops, each running on a thread of its own.
class LoopThreads {
  public:
    explicit LoopThreads(unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            loops_.push_back(std::make_unique<chanx::detail::Loop>(chanx::detail::Loop::Options{.index = i}));
            work_.push_back(boost::asio::make_work_guard(loops_.back()->io()));
        }
    }
    ~LoopThreads() { stop(); }
    LoopThreads(const LoopThreads&) = delete;
    LoopThreads& operator=(const LoopThreads&) = delete;

    void start() {
        for (const auto& loop : loops_) threads_.emplace_back([&loop = *loop] { loop.run(); });
    }
    /// Lets the loops finish what they have and joins their threads.
    void finish() {
        work_.clear();
        join();
    }
    /// Ends the loops whatever they are doing.
    void stop() {
        for (const auto& loop : loops_) loop->stop();
        finish();
    }

    std::size_t size() const noexcept { return loops_.size(); }
    chanx::detail::Loop& operator[](std::size_t index) noexcept { return *loops_[index]; }

    /// Calls the function on a loop's thread and waits for its result.
    template <class Function>
    auto call(std::size_t index, Function function) {
        auto task =
            std::make_shared<std::packaged_task<std::invoke_result_t<Function&>()>>(std::move(function));
        loops_[index]->post([task] { (*task)(); });
        return get_in_time(task->get_future());
    }

  private:
    void join() {
        for (auto& thread : std::exchange(threads_, {})) thread.join();
    }

    std::vector<std::unique_ptr<chanx::detail::Loop>> loops_;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::vector<std::thread> threads_;
};

}  // namespace threaded
