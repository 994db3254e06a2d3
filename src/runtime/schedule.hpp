#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace chanx::detail {

/// The order in which a loop's ready work runs, drawn from a seed: any order, but that what one source posted
/// runs in the order in which it was posted. A source is a chain of coroutines, or a piece of work that posts
/// some more. The same seed and the same program give the same order. For tests.
class Schedule {
  public:
    /// Who posts. The default is everybody outside the loop.
    struct Source {
        const void* chain = nullptr;
        /// Where it is no chain: a number, for an address would be used again in one run and not in the next.
        std::uint64_t work = 0;
    };
    class Work {
      public:
        virtual ~Work() = default;
        virtual void call() = 0;

      private:
        friend class Schedule;
        Source source_;
        std::uint64_t priority_ = 0;
    };
    template <class Function>
    static std::unique_ptr<Work> make(Function function) {
        class Call final : public Work {
          public:
            explicit Call(Function&& f) : function_(std::move(f)) {}
            void call() override { function_(); }

          private:
            Function function_;
        };
        return std::make_unique<Call>(std::move(function));
    }

    explicit Schedule(std::uint64_t seed) { reseed(seed); }
    void reseed(std::uint64_t seed);

    /// From any thread.
    void add(std::unique_ptr<Work> work, Source source);
    /// In no order with anything else. From any thread.
    void add_apart(std::unique_ptr<Work> work);
    /// Runs one piece of work that is ready. False where there is none.
    bool run_one();
    /// Destroys what has not run, and what that posts.
    void drop();

    /// The source of the work that runs now.
    Source running() const noexcept { return running_; }
    /// A number below the bound, for other choices that are free.
    std::size_t pick(std::size_t bound);

  private:
    std::uint64_t draw() noexcept;
    std::unique_ptr<Work> take();

    std::mutex mutex_;
    std::vector<std::unique_ptr<Work>> ready_;  // guarded by mutex_, like the next three
    std::uint64_t state_ = 0;
    bool by_priority_ = false;
    std::uint64_t apart_ = 0;
    Source running_;  // loop's thread only
};

}  // namespace chanx::detail
