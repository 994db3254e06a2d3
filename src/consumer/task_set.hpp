#pragma once

#include <chanx/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <list>

namespace chanx::detail {

class Loop;

/// The tasks that one connection has spawned. All on one loop.
class TaskSet {
 public:
    using Report = void (*)(void* owner, const std::exception_ptr& error);

    /// @param report  gets the exceptions that leave tasks, but for Cancelled
    TaskSet(Loop& loop, Report report, void* owner) noexcept : loop_(loop), report_(report), owner_(owner) {}
    TaskSet(const TaskSet&) = delete;
    TaskSet& operator=(const TaskSet&) = delete;
    ~TaskSet();

    std::size_t size() const noexcept { return tasks_.size(); }
    /// Starts a task with the loop's next turn.
    void start(awaitable<> body);
    /// Cancels all tasks and waits for their ends.
    awaitable<> cancel_and_wait();

 private:
    struct Task {
        TaskSet* set;
        TaskContext context{};
        std::list<Task>::iterator self{};
    };
    struct Empty;

    void ended(Task& task, const std::exception_ptr& error);

    Loop& loop_;
    Report report_;
    void* owner_;
    std::list<Task> tasks_;
    Empty* waiter_ = nullptr;
    bool cancelled_ = false;
};

}  // namespace chanx::detail
