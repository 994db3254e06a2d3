// EXPECT: chanx: an awaitable does nothing until it is awaited: write co_await
#include <chanx/awaitable.hpp>
#pragma GCC diagnostic error "-Wunused-result"

chanx::awaitable<int> count();

chanx::awaitable<int> outer() {
    count();
    co_return 1;
}
