#include <chanx/loop_executor.hpp>

#include "runtime/loop.hpp"

#include <chanx/error.hpp>
#include <chanx/logging.hpp>

namespace chanx::detail {

LoopGate::Visit::Visit(Loop* loop) noexcept : before_(Loop::exchange_current(loop)) {}
LoopGate::Visit::~Visit() {
    Loop::exchange_current(before_);
}

bool LoopGate::is_own_thread() noexcept {
    const std::thread::id here = std::this_thread::get_id();
    std::thread::id own = thread_.load(std::memory_order_relaxed);
    if (own == here) return true;
    return own == std::thread::id() && thread_.compare_exchange_strong(own, here, std::memory_order_relaxed);
}

void LoopGate::refuse_thread() {
    static constexpr const char* problem =
        "chanx: the io_context of a server is run by two threads: run it by one, or let the server have "
        "threads of its own";
    if (!refused_.exchange(true)) log(LogLevel::error, problem);
    throw ConfigurationError(problem);
}

}  // namespace chanx::detail
