#pragma once

#include <cstddef>

namespace chanx::detail {

/// Memory for what can't be taken back: a handler that waits already has to be kept. It is that of coroutine frames as
/// long as there is any, and then a few blocks that the program keeps for this; beyond those it ends. From any thread.
class MemoryReserve {
 public:
    static void* allocate(std::size_t size) noexcept;
    static void free(void* memory, std::size_t size) noexcept;
};

}  // namespace chanx::detail
