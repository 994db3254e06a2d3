#include "consumer/task_set.hpp"

#include <memory>

#include "consumer/failure.hpp"
#include "runtime/loop.hpp"

namespace chanx::detail {

struct TaskSet::Empty {
    TaskSet& set;
    TaskContext* task = nullptr;
    std::coroutine_handle<> handle{};

    bool await_ready() const noexcept { return set.tasks_.empty(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> waiting) noexcept {
        task = waiting.promise().task;
        handle = waiting;
        set.waiter_ = this;
    }
    void await_resume() const noexcept {}
};

TaskSet::~TaskSet() { loop_.counters().tasks_ended.add(tasks_.size()); }

void TaskSet::start(awaitable<> body) {
    tasks_.push_back(Task{this});
    Task& task = tasks_.back();
    task.self = std::prev(tasks_.end());
    loop_.counters().tasks_started.add();
    task.context.cancelled = cancelled_;
    auto kept = std::make_shared<awaitable<>>(std::move(body));
    loop_.post([this, &task, kept] {
        loop_.start(
            task.context, std::move(*kept),
            [](void* owner, std::exception_ptr error) {
                auto& ended_task = *static_cast<Task*>(owner);
                ended_task.set->ended(ended_task, error);
            },
            &task);
    });
}

void TaskSet::ended(Task& task, const std::exception_ptr& error) {
    if (error && !is_cancellation(error)) report_(owner_, error);
    // The task's last coroutine is still running: it ends first.
    loop_.post([this, &task] {
        tasks_.erase(task.self);
        loop_.counters().tasks_ended.add();
        if (tasks_.empty() && waiter_ != nullptr) {
            Empty& waiter = *std::exchange(waiter_, nullptr);
            resume(*waiter.task, waiter.handle);
        }
    });
}

awaitable<> TaskSet::cancel_and_wait() {
    cancelled_ = true;
    for (auto& task : tasks_) task.context.request_cancel();
    co_await Empty{*this};
}

}  // namespace chanx::detail
