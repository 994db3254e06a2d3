#include <chanx/awaitable.hpp>
#pragma GCC diagnostic error "-Wunused-result"

chanx::awaitable<int> count();

chanx::awaitable<> inner() {
    co_await count();
}
chanx::awaitable<int> outer() {
    co_await inner();
    co_return co_await count();
}
