#include "consumer/flush_waiters.hpp"

#include <chanx/error.hpp>

#include "runtime/loop.hpp"

namespace chanx::detail {

struct FlushWaiters::Waiter {
    FlushWaiters& all;
    TaskContext* task = nullptr;
    std::coroutine_handle<> handle{};
    bool woken = false;

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> waiting) {
        task = waiting.promise().task;
        if (task->cancelled) return false;
        handle = waiting;
        all.waiters_.push_back(this);
        task->wait_for(this, [](void* self) noexcept { static_cast<Waiter*>(self)->wake(); });
        return true;
    }
    void await_resume() const {
        if (task->cancelled) throw Cancelled();
    }
    void wake() {
        if (std::exchange(woken, true)) return;
        std::erase(all.waiters_, this);
        all.loop_.post([this] {
            task->arrived();
            resume(*task, handle);
        });
    }
};

awaitable<> FlushWaiters::wait() { co_await Waiter{*this}; }

void FlushWaiters::wake_waiting() {
    for (Waiter* waiter : std::vector(waiters_)) waiter->wake();
}

}  // namespace chanx::detail
