#pragma once

#include <cstddef>

/// Makes allocations of this program fail: operator new in all its forms, malloc, realloc and aligned_alloc, on the thread
/// that asks for it.
namespace failing_memory {

/// The nth allocation from now on fails, from 1.
void fail(std::size_t nth) noexcept;
/// None fails any more. @return whether one has failed
bool stop() noexcept;
/// What is done meanwhile neither counts nor fails: a test's own doings.
class Exempt {
  public:
    Exempt() noexcept;
    ~Exempt();
    Exempt(const Exempt&) = delete;
    Exempt& operator=(const Exempt&) = delete;
};

}  // namespace failing_memory
