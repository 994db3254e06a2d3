#include "allocation/support/failing_memory.hpp"

#include <cstdlib>
#include <new>

// The linker sends the program's calls here (--wrap), and these to the real ones.
extern "C" {
void* __real_malloc(std::size_t size);
void* __real_realloc(void* memory, std::size_t size);
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
void* __wrap_malloc(std::size_t size);
void* __wrap_realloc(void* memory, std::size_t size);
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size);
}

namespace {

struct State {
    bool armed = false;
    bool hit = false;
    std::size_t nth = 0;
    std::size_t count = 0;
    int exempt = 0;
};
constinit thread_local State state;

bool fails() noexcept {
    if (!state.armed || state.exempt > 0) return false;
    if (++state.count != state.nth) return false;
    return state.hit = true;
}

void* allocate(std::size_t size) noexcept {
    return fails() ? nullptr : __real_malloc(size == 0 ? 1 : size);
}
void* allocate(std::size_t size, std::size_t alignment) noexcept {
    return fails() ? nullptr : __real_aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}
void* required(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

namespace failing_memory {

void fail(std::size_t nth) noexcept {
    state.hit = false;
    state.count = 0;
    state.nth = nth;
    state.armed = true;
}

bool stop() noexcept {
    state.armed = false;
    return state.hit;
}

Exempt::Exempt() noexcept { ++state.exempt; }
Exempt::~Exempt() { --state.exempt; }

}  // namespace failing_memory

extern "C" {
void* __wrap_malloc(std::size_t size) { return fails() ? nullptr : __real_malloc(size); }
void* __wrap_realloc(void* memory, std::size_t size) { return fails() ? nullptr : __real_realloc(memory, size); }
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
    return fails() ? nullptr : __real_aligned_alloc(alignment, size);
}
}

void* operator new(std::size_t size) { return required(allocate(size)); }
void* operator new[](std::size_t size) { return required(allocate(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return required(allocate(size, static_cast<std::size_t>(alignment)));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return required(allocate(size, static_cast<std::size_t>(alignment)));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
