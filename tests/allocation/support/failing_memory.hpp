#pragma once

#include <cstddef>
#include <thread>

/// Makes allocations of this program fail: operator new in all its forms, malloc, realloc and aligned_alloc, on the thread
/// that asks for it.
namespace failing_memory {

/// The nth allocation from now on fails, from 1.
void fail(std::size_t nth) noexcept;
/// None fails any more. @return whether one has failed
bool stop() noexcept;
/// Runs something on a thread of its own, where nothing is kept of what was freed before: there an allocation is one.
template <class Function>
void on_new_thread(Function function) {
    std::thread(function).join();
}
/// What is done meanwhile neither counts nor fails: a test's own doings.
class Exempt {
  public:
    Exempt() noexcept;
    ~Exempt();
    Exempt(const Exempt&) = delete;
    Exempt& operator=(const Exempt&) = delete;
};

}  // namespace failing_memory
