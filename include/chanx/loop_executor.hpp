#pragma once

// The executor of the operations that a chanx coroutine waits for: part of chanx/asio.hpp.

#include <chanx/fwd.hpp>

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>

namespace chanx::detail {

/// The door between an io_context that is not the loop's own and the loop: what completes there comes in
/// through it. It lets one thread in, the first, and nobody once the loop has ended, so that what is still
/// under way then is dropped instead of reaching what is gone.
class LoopGate {
  public:
    LoopGate(Loop& loop, boost::asio::io_context& context) noexcept : loop_(&loop), context_(context) {}

    boost::asio::io_context& context() const noexcept { return context_; }
    /// On the loop's thread, or when no thread runs the io_context.
    void close() noexcept { loop_.store(nullptr, std::memory_order_release); }

    /// Calls the function as the loop, unless that has ended.
    /// @throws ConfigurationError on another thread than the first; the first one will call it
    template <class Function>
    static void enter(const std::shared_ptr<LoopGate>& gate, Function&& function);

  private:
    /// Makes the loop the current one.
    class Visit {
      public:
        explicit Visit(Loop* loop) noexcept;
        ~Visit();
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;

      private:
        Loop* before_;
    };

    /// Whether this thread is the loop's, which the first one becomes.
    bool is_own_thread() noexcept;
    [[noreturn]] void refuse_thread();

    std::atomic<Loop*> loop_;
    boost::asio::io_context& context_;
    std::atomic<std::thread::id> thread_{};
    std::atomic<bool> refused_{false};
};

/// A function that is called through the gate.
template <class Function>
struct GatedFunction {
    std::shared_ptr<LoopGate> gate;
    Function function;

    void operator()() { LoopGate::enter(gate, std::move(function)); }
};

template <class Function>
void LoopGate::enter(const std::shared_ptr<LoopGate>& gate, Function&& function) {
    Loop* const loop = gate->loop_.load(std::memory_order_acquire);
    if (loop == nullptr) return;
    if (!gate->is_own_thread()) {
        using Kept = GatedFunction<std::decay_t<Function>>;
        boost::asio::post(gate->context_, Kept{gate, std::forward<Function>(function)});
        gate->refuse_thread();
    }
    const Visit visit(loop);
    std::forward<Function>(function)();
}

/// An io_context's executor, with the gate of the loop that lies on it; none where the io_context is the
/// loop's own.
template <class Inner>
class LoopExecutor {
  public:
    LoopExecutor(Inner inner, std::shared_ptr<LoopGate> gate) noexcept
        : inner_(std::move(inner)), gate_(std::move(gate)) {}

    template <class Property>
        requires boost::asio::can_query<const Inner&, Property>::value
    decltype(auto) query(const Property& property) const {
        return boost::asio::query(inner_, property);
    }
    template <class Property>
        requires boost::asio::can_require<const Inner&, Property>::value
    auto require(const Property& property) const {
        return with(boost::asio::require(inner_, property));
    }
    template <class Property>
        requires boost::asio::can_prefer<const Inner&, Property>::value
    auto prefer(const Property& property) const {
        return with(boost::asio::prefer(inner_, property));
    }

    template <class Function>
    void execute(Function&& function) const {
        if (gate_) {
            inner_.execute(GatedFunction<std::decay_t<Function>>{gate_, std::forward<Function>(function)});
        } else {
            inner_.execute(std::forward<Function>(function));
        }
    }

    friend bool operator==(const LoopExecutor& a, const LoopExecutor& b) noexcept {
        return a.inner_ == b.inner_ && a.gate_ == b.gate_;
    }

  private:
    template <class Other>
    LoopExecutor<Other> with(Other other) const noexcept {
        return LoopExecutor<Other>(std::move(other), gate_);
    }

    Inner inner_;
    std::shared_ptr<LoopGate> gate_;
};

}  // namespace chanx::detail
