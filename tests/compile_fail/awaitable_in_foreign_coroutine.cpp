// EXPECT: chanx: a chanx::awaitable is awaited in a coroutine that returns chanx::awaitable
#include <chanx/awaitable.hpp>

struct Foreign {
    struct promise_type {
        Foreign get_return_object() { return {}; }
        std::suspend_never initial_suspend() { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {}
    };
};

chanx::awaitable<int> count();

Foreign outer() {
    co_await count();
}
