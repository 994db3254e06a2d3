#pragma once

#include <chanx/awaitable.hpp>

#include <vector>

namespace chanx::detail {

/// The coroutines that wait for one connection's outbox to become empty. All on its loop.
class FlushWaiters {
 public:
    explicit FlushWaiters(Loop& loop) noexcept : loop_(loop) {}
    FlushWaiters(const FlushWaiters&) = delete;
    FlushWaiters& operator=(const FlushWaiters&) = delete;

    /// Waits for the next wake_all(). @throws Cancelled
    awaitable<> wait();
    /// They go on with the loop's next turn.
    void wake_all() {
        if (!waiters_.empty()) wake_waiting();
    }

 private:
    struct Waiter;

    void wake_waiting();

    Loop& loop_;
    std::vector<Waiter*> waiters_;
};

}  // namespace chanx::detail
