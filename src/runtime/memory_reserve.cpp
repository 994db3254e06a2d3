#include "runtime/memory_reserve.hpp"

#include <chanx/awaitable.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <new>

namespace chanx::detail {

namespace {

struct alignas(std::max_align_t) Block {
    std::array<std::byte, 512> bytes;
    std::atomic<bool> used{false};
};
constinit std::array<Block, 32> reserve{};

}  // namespace

void* MemoryReserve::allocate(std::size_t size) noexcept {
    try {
        return allocate_frame(size);
    } catch (const std::bad_alloc&) {
        for (Block& block : reserve) {
            if (size <= block.bytes.size() && !block.used.exchange(true, std::memory_order_acquire))
                return block.bytes.data();
        }
    }
    std::terminate();
}

void MemoryReserve::free(void* memory, std::size_t size) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    const auto offset = address - reinterpret_cast<std::uintptr_t>(reserve.data());
    if (offset < sizeof reserve) {
        reserve[offset / sizeof(Block)].used.store(false, std::memory_order_release);
    } else {
        deallocate_frame(memory, size);
    }
}

}  // namespace chanx::detail
