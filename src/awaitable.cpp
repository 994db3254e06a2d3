#include <chanx/awaitable.hpp>

#include <array>
#include <cstdlib>

namespace chanx::detail {

constinit thread_local TaskContext* running_task = nullptr;

void PromiseBase::unhandled_exception() noexcept { error_ = std::current_exception(); }

void rethrow(std::exception_ptr& error) { std::rethrow_exception(std::exchange(error, nullptr)); }

namespace {

constexpr std::size_t class_size = 32;
constexpr std::size_t class_count = 128;
constexpr std::size_t frames_per_class = 64;

struct FreeFrame {
    FreeFrame* next;
};

struct FreeList {
    FreeFrame* head = nullptr;
    std::size_t count = 0;
};

// Sanitizers see a frame used after its end only when it goes back to malloc.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool recycling = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool recycling = false;
#else
constexpr bool recycling = true;
#endif
#else
constexpr bool recycling = true;
#endif

// A frame may be freed while the thread ends, after the lists are gone.
thread_local bool lists_alive = false;

struct FreeLists {
    std::array<FreeList, class_count> lists{};

    FreeLists() { lists_alive = true; }
    ~FreeLists() {
        lists_alive = false;
        for (auto& list : lists) {
            while (list.head != nullptr) {
                FreeFrame* frame = std::exchange(list.head, list.head->next);
                std::free(frame);
            }
        }
    }
};

thread_local FreeLists free_lists;

constexpr std::size_t class_of(std::size_t size) { return (size - 1) / class_size; }

}  // namespace

void* allocate_frame(std::size_t size) {
    const std::size_t index = class_of(size);
    if (recycling && index < class_count) {
        FreeList& list = free_lists.lists[index];
        if (list.head != nullptr) {
            --list.count;
            return std::exchange(list.head, list.head->next);
        }
        size = (index + 1) * class_size;
    }
    void* frame = std::malloc(size);
    if (frame == nullptr) throw std::bad_alloc();
    return frame;
}

void deallocate_frame(void* frame, std::size_t size) noexcept {
    const std::size_t index = class_of(size);
    if (recycling && index < class_count && lists_alive) {
        FreeList& list = free_lists.lists[index];
        if (list.count < frames_per_class) {
            ++list.count;
            list.head = ::new (frame) FreeFrame{list.head};
            return;
        }
    }
    std::free(frame);
}

}  // namespace chanx::detail
