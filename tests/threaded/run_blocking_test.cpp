#include <chanx/run_blocking.hpp>

#include "support/catch.hpp"
#include "threaded/support/loop_threads.hpp"

#include <chanx/error.hpp>

#include <atomic>
#include <latch>
#include <memory>
#include <vector>

namespace {

using threaded::get_in_time;
using threaded::LoopThreads;

struct Failure {
    int number;
};

/// What one chain of coroutines found out.
struct Chain {
    chanx::detail::TaskContext task{};
    std::size_t results = 0;
    std::size_t failures = 0;
    std::size_t refused = 0;
    std::size_t wrong = 0;
    std::promise<void> ended{};

    static void on_end(void* self, std::exception_ptr error) {
        auto& chain = *static_cast<Chain*>(self);
        if (error) {
            chain.ended.set_exception(error);
        } else {
            chain.ended.set_value();
        }
    }
};

constexpr int calls_each = 100;

chanx::awaitable<> call_often(chanx::BlockingPool& pool, Chain& chain) {
    const auto* const loop = chanx::detail::Loop::current();
    for (int i = 0; i < calls_each; ++i) {
        try {
            const int result = co_await chanx::run_blocking(pool, [i] {
                if (i % 10 == 3) throw Failure{i};
                return i * 2;
            });
            ++chain.results;
            if (result != i * 2) ++chain.wrong;
        } catch (const Failure& failure) {
            ++chain.failures;
            if (failure.number != i) ++chain.wrong;
        } catch (const chanx::ApiException& refusal) {
            ++chain.refused;
            if (refusal.status() != 503) ++chain.wrong;
        }
        // Where it began, whatever thread the call was on.
        if (chanx::detail::Loop::current() != loop) ++chain.wrong;
    }
}

}  // namespace

TEST_CASE("calls of many coroutines on several loops come back to their own, with their results",
          "[threaded][run_blocking]") {
    LoopThreads loops(4);
    chanx::BlockingPool pool({.name = "busy", .threads = 3, .queue = 1024});
    std::vector<std::unique_ptr<Chain>> chains;
    for (std::size_t i = 0; i < 32; ++i) chains.push_back(std::make_unique<Chain>());
    loops.start();
    for (std::size_t i = 0; i < chains.size(); ++i) {
        auto& loop = loops[i % loops.size()];
        loop.post([&, i] {
            loop.start(chains[i]->task, call_often(pool, *chains[i]), &Chain::on_end, chains[i].get());
        });
    }
    for (const auto& chain : chains) {
        get_in_time(chain->ended.get_future());
        CHECK(chain->wrong == 0);
        CHECK(chain->refused == 0);
        CHECK(chain->failures == calls_each / 10);
        CHECK(chain->results == calls_each - calls_each / 10);
    }
    loops.finish();
}

TEST_CASE("a full pool refuses at once, and takes calls again when it has room", "[threaded][run_blocking]") {
    LoopThreads loops(1);
    chanx::BlockingPool pool({.name = "narrow", .threads = 1, .queue = 1});
    loops.start();
    std::latch begun(1);
    std::promise<void> release;
    const auto released = release.get_future().share();
    const auto block = [&]() -> chanx::awaitable<> {
        co_await chanx::run_blocking(pool, [&] {
            begun.count_down();
            released.wait();
        });
    };
    const auto call_once = [&](Chain& chain) -> chanx::awaitable<> {
        try {
            co_await chanx::run_blocking(pool, [] {});
            ++chain.results;
        } catch (const chanx::ApiException& refusal) {
            ++chain.refused;
            if (refusal.status() != 503 || refusal.detail().find("narrow") == std::string::npos)
                ++chain.wrong;
        }
    };
    Chain blocker, queued, refused, later;
    loops.call(0, [&] { loops[0].start(blocker.task, block(), &Chain::on_end, &blocker); });
    begun.wait();
    loops.call(0, [&] { loops[0].start(queued.task, call_once(queued), &Chain::on_end, &queued); });
    loops.call(0, [&] { loops[0].start(refused.task, call_once(refused), &Chain::on_end, &refused); });
    get_in_time(refused.ended.get_future());
    CHECK(refused.refused == 1);
    CHECK(refused.wrong == 0);
    CHECK(pool.pending() == 2);

    release.set_value();
    get_in_time(blocker.ended.get_future());
    get_in_time(queued.ended.get_future());
    CHECK(queued.results == 1);
    loops.call(0, [&] { loops[0].start(later.task, call_once(later), &Chain::on_end, &later); });
    get_in_time(later.ended.get_future());
    CHECK(later.results == 1);
}

TEST_CASE("a loop that is destroyed waits for its calls that are still on a pool",
          "[threaded][run_blocking]") {
    // Lives in the coroutine's frame, which the call writes to.
    struct Result {
        std::vector<int> numbers;
    };
    chanx::BlockingPool pool({.name = "slow", .threads = 1});
    for (int round = 0; round < 20; ++round) {
        std::latch begun(1);
        std::promise<void> release;
        std::atomic<bool> ended{false};
        const auto body = [&, released = release.get_future().share()]() -> chanx::awaitable<> {
            Result result;
            co_await chanx::run_blocking(pool, [&] {
                begun.count_down();
                released.wait();
                for (int i = 0; i < 1000; ++i) result.numbers.push_back(i);
                ended = true;
            });
        };
        chanx::detail::TaskContext task;
        auto loops = std::make_unique<LoopThreads>(1);
        loops->start();
        loops->call(0, [&] { (*loops)[0].start(task, body(), [](void*, std::exception_ptr) {}, nullptr); });
        begun.wait();
        loops->stop();
        std::thread releasing([&] { release.set_value(); });
        loops.reset();
        CHECK(ended);
        releasing.join();
    }
}
