#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/chrono.hpp>

namespace chanx {

/// Waits for a time by the application's clock, which is virtual in tests: there it costs nothing.
///
/// @param duration  how long; at most one 10 ms tick is added. Zero or less gives others their turn.
/// @throws Cancelled when the task is cancelled meanwhile
///
/// @code
/// co_await chanx::sleep_for(std::chrono::seconds(30));
/// @endcode
awaitable<> sleep_for(std::chrono::steady_clock::duration duration);

}  // namespace chanx
