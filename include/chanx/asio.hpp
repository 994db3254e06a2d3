#pragma once

// Asio inside consumers: operations with `use_awaitable`, ordinary Asio coroutines through `adapt`. Not part of
// chanx/chanx.hpp, for Asio's headers take their time to compile.

#include <chanx/awaitable.hpp>
#include <chanx/error.hpp>
#include <chanx/loop_executor.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace chanx {

/// The completion token of `chanx::awaitable`: `co_await timer.async_wait(chanx::use_awaitable)`. An error code is
/// thrown as boost::system::system_error, an exception_ptr is rethrown. The coroutine goes on, on its
/// own thread, wherever the operation completes. When the task is cancelled, so is the operation.
struct use_awaitable_t {
    constexpr use_awaitable_t() = default;
};
inline constexpr use_awaitable_t use_awaitable{};

/// The io_context that the awaiting coroutine runs on: for timers, sockets and resolvers of its own.
///
/// @code
/// boost::asio::steady_timer timer(co_await chanx::this_io_context());
/// @endcode
struct this_io_context {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
        loop_ = handle.promise().task->loop;
        return false;
    }
    boost::asio::io_context& await_resume() const noexcept;

 private:
    detail::Loop* loop_ = nullptr;
};

namespace detail {

boost::asio::io_context& io_context_of(Loop& loop) noexcept;
LoopExecutor<boost::asio::io_context::executor_type> executor_of(Loop& loop) noexcept;

/// What an operation's completion leaves for its coroutine.
class AsioOperationBase {
 public:
    bool await_ready() const noexcept { return false; }

 protected:
    void suspend(TaskContext& task, std::coroutine_handle<> handle) {
        task_ = &task;
        handle_ = handle;
        task.wait_for(this, [](void* self) noexcept {
            static_cast<AsioOperationBase*>(self)->signal_.emit(boost::asio::cancellation_type::terminal);
        });
    }
    void arrived() {
        task_->arrived();
        resume(*task_, handle_);
    }

    TaskContext* task_ = nullptr;
    std::coroutine_handle<> handle_;
    boost::asio::cancellation_signal signal_;
};

template <class Initiation, class Arguments, class... Results>
class AsioOperation : public AsioOperationBase {
 public:
    struct Handler {
        using executor_type = LoopExecutor<boost::asio::io_context::executor_type>;

        AsioOperation* operation;
        // Asked for even when the operation has been destroyed with its loop.
        executor_type executor;

        executor_type get_executor() const noexcept { return executor; }
        using cancellation_slot_type = boost::asio::cancellation_slot;
        cancellation_slot_type get_cancellation_slot() const noexcept { return operation->signal_.slot(); }

        void operator()(Results... results) {
            operation->results_.emplace(std::move(results)...);
            operation->arrived();
        }
    };

    AsioOperation(Initiation initiation, Arguments arguments)
        : initiation_(std::move(initiation)), arguments_(std::move(arguments)) {}

    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        TaskContext& task = *handle.promise().task;
        if (task.cancelled) return false;
        suspend(task, handle);
        // The operation may complete, and this object end, before the call returns.
        Initiation initiation(std::move(initiation_));
        Arguments arguments(std::move(arguments_));
        Handler handler{this, executor_of(*task.loop)};
        try {
            std::apply([&](auto&&... values) { std::move(initiation)(std::move(handler), std::move(values)...); },
                       std::move(arguments));
        } catch (...) {
            task.arrived();  // it was not started
            throw;
        }
        return true;
    }

    auto await_resume() {
        if (!results_) throw Cancelled();
        return take(std::move(*results_));
    }

 private:
    static void check(const boost::system::error_code& error) {
        if (error) throw boost::system::system_error(error);
    }
    static void check(const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    }

    template <class First, class... Rest>
    static auto take(std::tuple<First, Rest...>&& results) {
        if constexpr (std::is_same_v<First, boost::system::error_code> || std::is_same_v<First, std::exception_ptr>) {
            check(std::get<0>(results));
            return std::apply([](auto&&, auto&&... rest) { return unpack(std::move(rest)...); }, std::move(results));
        } else {
            return std::apply([](auto&&... all) { return unpack(std::move(all)...); }, std::move(results));
        }
    }
    static void take(std::tuple<>&&) {}

    static void unpack() {}
    template <class One>
    static One unpack(One&& one) {
        return std::forward<One>(one);
    }
    template <class First, class Second, class... Rest>
    static auto unpack(First&& first, Second&& second, Rest&&... rest) {
        return std::make_tuple(std::move(first), std::move(second), std::move(rest)...);
    }

    Initiation initiation_;
    Arguments arguments_;
    std::optional<std::tuple<Results...>> results_;
};

}  // namespace detail

inline boost::asio::io_context& this_io_context::await_resume() const noexcept { return detail::io_context_of(*loop_); }

/// Takes an ordinary Asio coroutine into a chanx one: it runs on the connection's thread and its exception comes
/// out of the `co_await`.
///
/// @code
/// auto reply = co_await chanx::adapt(client.async_call(request));  // boost::asio::awaitable<Reply>
/// @endcode
template <class T, class Executor>
awaitable<T> adapt(boost::asio::awaitable<T, Executor> coroutine) {
    boost::asio::io_context& context = co_await this_io_context();
    if constexpr (std::is_void_v<T>) {
        co_await boost::asio::co_spawn(Executor(context.get_executor()), std::move(coroutine), use_awaitable);
    } else {
        co_return co_await boost::asio::co_spawn(Executor(context.get_executor()), std::move(coroutine), use_awaitable);
    }
}

}  // namespace chanx

template <class Result, class... Arguments>
class boost::asio::async_result<chanx::use_awaitable_t, Result(Arguments...)> {
 public:
    template <class Initiation, class... InitArguments>
    static auto initiate(Initiation&& initiation, chanx::use_awaitable_t, InitArguments&&... arguments) {
        return chanx::detail::AsioOperation<std::decay_t<Initiation>, std::tuple<std::decay_t<InitArguments>...>,
                                            std::decay_t<Arguments>...>(
            std::forward<Initiation>(initiation),
            std::tuple<std::decay_t<InitArguments>...>(std::forward<InitArguments>(arguments)...));
    }
};
