#pragma once

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#error "chanx: g++ before 13 miscompiles coroutines. Use g++ 13 or later, or clang 16 or later (Debian 12: clang-19)."
#endif

#include <chanx/fwd.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace chanx {
namespace detail {

/// What one chain of coroutines has in common, from its root to the operation it waits for. It belongs to one
/// loop's thread.
struct TaskContext {
    Loop* loop = nullptr;
    /// Cancels the operation that the chain waits for, if there is one.
    void (*cancel_operation)(void* operation) noexcept = nullptr;
    void* operation = nullptr;
    bool cancelled = false;

    void wait_for(void* waiting, void (*cancel)(void*) noexcept) noexcept {
        operation = waiting;
        cancel_operation = cancel;
    }
    void arrived() noexcept { cancel_operation = nullptr; }
    /// Every wait from now on ends with Cancelled (Asio operations with operation_aborted).
    void request_cancel() noexcept {
        cancelled = true;
        if (cancel_operation != nullptr) std::exchange(cancel_operation, nullptr)(operation);
    }
};

extern constinit thread_local TaskContext* running_task;

/// The chain that runs now on this thread, or null.
inline TaskContext* current_task() noexcept { return running_task; }

/// A chain is the one that runs for as long as this lives.
class RunningTask {
 public:
    explicit RunningTask(TaskContext& task) noexcept : before_(std::exchange(running_task, &task)) {}
    ~RunningTask() { running_task = before_; }
    RunningTask(const RunningTask&) = delete;
    RunningTask& operator=(const RunningTask&) = delete;

 private:
    TaskContext* before_;
};

/// Goes on with a chain; all resumptions come through here, so that current_task() is right.
inline void resume(TaskContext& task, std::coroutine_handle<> handle) {
    const RunningTask now(task);
    handle.resume();
}

class StartedChain;

/// Throws the exception and leaves nothing behind.
[[noreturn]] void rethrow(std::exception_ptr& error);

/// Coroutine frames are recycled per thread (at most 64 of a size class; none above 4 KiB).
void* allocate_frame(std::size_t size);
void deallocate_frame(void* frame, std::size_t size) noexcept;

class PromiseBase {
 public:
    struct FinalAwaiter {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
            return handle.promise().continuation;
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }

    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { deallocate_frame(frame, size); }

    void unhandled_exception() noexcept;
    std::exception_ptr take_error() noexcept { return std::move(error_); }

    std::coroutine_handle<> continuation;
    TaskContext* task = nullptr;

 protected:
    void rethrow_if_failed() {
        if (error_) rethrow(error_);
    }

 private:
    std::exception_ptr error_;
};

/// A result on its way; cheaper to compile than std::optional.
template <class T>
class Slot {
 public:
    Slot() noexcept {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() {
        if (full_) value_.~T();
    }

    template <class U>
    void fill(U&& value) {
        ::new (static_cast<void*>(&value_)) T(std::forward<U>(value));
        full_ = true;
    }
    /// Fills it with what the function returns.
    template <class Function>
    void fill_from(Function& function) {
        ::new (static_cast<void*>(&value_)) T(function());
        full_ = true;
    }
    T&& take() noexcept { return std::move(value_); }

 private:
    union {
        T value_;
    };
    bool full_ = false;
};

template <class T>
class ValuePromise : public PromiseBase {
 public:
    template <class U>
        requires std::is_constructible_v<T, U&&>
    void return_value(U&& value) {
        slot_.fill(std::forward<U>(value));
    }
    T take() {
        rethrow_if_failed();
        return slot_.take();
    }

 private:
    Slot<T> slot_;
};

template <>
class ValuePromise<void> : public PromiseBase {
 public:
    void return_void() noexcept {}
    void take() { rethrow_if_failed(); }
};

}  // namespace detail

/// A coroutine of the framework: it starts when it is awaited, runs on the thread of the connection that it
/// serves, and is destroyed with the object. It can be awaited once, and only from another awaitable.
///
/// Asio operations are awaited with `chanx::use_awaitable`, ordinary Asio coroutines through `chanx::adapt`
/// (both in chanx/asio.hpp). When the task is cancelled (its connection has ended) the operation waited for
/// ends with an exception.
///
/// Parameters of a coroutine are values, or references whose owner outlives it: it may run long after the call.
///
/// @code
/// chanx::awaitable<std::optional<Room>> find_room(std::int64_t id);
/// chanx::awaitable<> greet() {
///     if (auto room = co_await find_room(5)) send_message(Welcome{.room = room->name});
/// }
/// @endcode
template <class T>
class [[nodiscard("chanx: an awaitable does nothing until it is awaited: write co_await")]] awaitable {
 public:
    class promise_type : public detail::ValuePromise<T> {
    public:
        awaitable get_return_object() noexcept {
            return awaitable(std::coroutine_handle<promise_type>::from_promise(*this));
        }
    };

    using value_type = T;

    awaitable(awaitable&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    awaitable& operator=(awaitable&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    ~awaitable() {
        if (handle_) handle_.destroy();
    }

    auto operator co_await() && noexcept { return Awaiter{handle_}; }

 private:
    friend class detail::StartedChain;

    struct Awaiter {
        std::coroutine_handle<promise_type> handle;

        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) const noexcept {
            constexpr bool ours = std::is_base_of_v<detail::PromiseBase, Promise>;
            static_assert(ours,
                          "chanx: a chanx::awaitable is awaited in a coroutine that returns chanx::awaitable: make it "
                          "the return type of this one too");
            if constexpr (ours) {
                handle.promise().task = parent.promise().task;
                handle.promise().continuation = parent;
            }
            return handle;
        }
        T await_resume() const { return handle.promise().take(); }
    };

    explicit awaitable(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

    std::coroutine_handle<promise_type> handle_;
};

}  // namespace chanx
