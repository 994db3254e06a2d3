#pragma once

#include <chanx/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace chanx {
namespace detail {

/// One call on its way through a pool; lies in the frame of the coroutine that waits for it.
class BlockingCall {
 public:
    BlockingCall() = default;
    BlockingCall(const BlockingCall&) = delete;
    BlockingCall& operator=(const BlockingCall&) = delete;

    /// @throws ApiException 503 where the pool is full
    void begin(BlockingPool& pool, TaskContext& task, std::coroutine_handle<> handle);

 protected:
    virtual ~BlockingCall() = default;
    virtual void call() = 0;
    /// Where its coroutine is destroyed before it has ended (the loop ends): out of the queue, or waits for its end.
    void withdraw() noexcept;

    std::exception_ptr error_;

 private:
    friend class chanx::BlockingPool;
    void run() noexcept;
    void resume_later();

    BlockingPool* submitted_to_ = nullptr;  // the next two are guarded by its mutex
    bool ended_ = false;
    TaskContext* task_ = nullptr;
    std::coroutine_handle<> handle_;
};

/// A call that nobody waits for.
class PostedCall {
 public:
    PostedCall() = default;
    PostedCall(const PostedCall&) = delete;
    PostedCall& operator=(const PostedCall&) = delete;
    virtual ~PostedCall() = default;
    virtual void call() = 0;
};

template <class Function>
class PostedFunction final : public PostedCall {
 public:
    explicit PostedFunction(Function function) : function_(std::move(function)) {}
    void call() override { function_(); }

 private:
    Function function_;
};

template <class Function>
class [[nodiscard("chanx: run_blocking does nothing until it is awaited: write co_await")]] BlockingOperation final : public BlockingCall {
 public:
    using Result = std::invoke_result_t<Function&>;

    BlockingOperation(BlockingPool& pool, Function function) : pool_(pool), function_(std::move(function)) {}
    ~BlockingOperation() override { withdraw(); }

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> handle) {
        constexpr bool ours = std::is_base_of_v<PromiseBase, Promise>;
        static_assert(ours,
                      "chanx: run_blocking is awaited in a coroutine that returns chanx::awaitable: make it the return "
                      "type of this one");
        if constexpr (ours) begin(pool_, *handle.promise().task, handle);
    }
    Result await_resume() {
        if (error_) rethrow(error_);
        if constexpr (!std::is_void_v<Result>) return result_.take();
    }

    /// For a function that returns it instead of waiting for it.
    operator awaitable<Result>() && { return wait(pool_, std::move(function_)); }

 private:
    struct Nothing {};

    static awaitable<Result> wait(BlockingPool& pool, Function function) {
        co_return co_await BlockingOperation(pool, std::move(function));
    }

    void call() override {
        if constexpr (std::is_void_v<Result>) {
            function_();
        } else {
            result_.fill_from(function_);
        }
    }

    BlockingPool& pool_;
    Function function_;
    Slot<std::conditional_t<std::is_void_v<Result>, Nothing, Result>> result_;
};

}  // namespace detail

/// A few threads and a bounded queue for calls that block: databases, password hashes, files. A full queue
/// is an error, not a wait: the caller gets an ApiException 503 that names the pool.
///
/// The destructor finishes what is queued. It must outlive every consumer that uses it; keep it in the
/// application's state.
class BlockingPool {
 public:
    struct Options {
        /// For logs and errors.
        std::string name = "blocking";
        /// Number of threads, at least 1.
        std::size_t threads = 4;
        /// How many calls may wait for a thread, at least 1.
        std::size_t queue = 1024;
    };

    explicit BlockingPool(Options options);
    ~BlockingPool();
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    const std::string& name() const noexcept;
    /// Calls that wait for a thread or run on one now.
    std::size_t pending() const;

    /// Has a function called on a thread of the pool, without waiting for it. From any thread. What it throws is
    /// logged. In a TestApplication it is called by the loop, at a step of its own.
    /// @return false where the queue is full: then it is not called
    template <class Function>
    [[nodiscard]] bool try_post(Function function) {
        return post(std::make_unique<detail::PostedFunction<Function>>(std::move(function)));
    }

 private:
    friend class detail::BlockingCall;
    bool post(std::unique_ptr<detail::PostedCall> posted);
    void submit(detail::BlockingCall& call);
    void withdraw(detail::BlockingCall& call) noexcept;

    struct State;
    std::unique_ptr<State> state_;
};

/// Calls the function on the pool and waits for its result without holding up the connection's thread.
/// Cancelling the task does not interrupt the call: what it refers to stays valid until it has ended.
///
/// @return something to `co_await`, for what the function returns; converts to an awaitable of that
/// @throws ApiException 503 where the pool's queue is full, and whatever the function throws
///
/// @code
/// auto user = co_await chanx::run_blocking(pool, [&] { return store.find_user(name); });
/// @endcode
template <class Function>
detail::BlockingOperation<Function> run_blocking(BlockingPool& pool, Function function) {
    return detail::BlockingOperation<Function>(pool, std::move(function));
}

}  // namespace chanx
