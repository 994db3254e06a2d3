#include <chanx/run_blocking.hpp>

#include <chanx/chanx.hpp>
#include <chanx/testing/test_application.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/loop.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

namespace {

using chanx::awaitable;
using chanx::BlockingPool;
using namespace std::chrono_literals;

/// Holds up whoever passes until it is opened.
class Gate {
 public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait_for(int waiting) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ >= waiting; });
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0;
    bool open_ = false;
};

/// Chains of coroutines on a loop with real threads beside it.
struct OnLoop {
    struct Chain {
        chanx::detail::TaskContext task{};
        bool ended = false;
        std::exception_ptr error{};
    };
    std::vector<std::unique_ptr<Chain>> chains;
    chanx::detail::Loop loop;

    Chain& start(awaitable<> body) {
        chains.push_back(std::make_unique<Chain>());
        Chain& chain = *chains.back();
        loop.start(
            chain.task, std::move(body),
            [](void* owner, std::exception_ptr thrown) {
                auto& ended = *static_cast<Chain*>(owner);
                ended.ended = true;
                ended.error = std::move(thrown);
            },
            &chain);
        return chain;
    }
};

}  // namespace

TEST_CASE("run_blocking gives the function's result from a thread of the pool", "[run_blocking]") {
    BlockingPool pool({.name = "db", .threads = 2});
    OnLoop on;
    std::thread::id there;
    std::unique_ptr<int> result;
    auto& chain = on.start([](BlockingPool& p, std::thread::id& id, std::unique_ptr<int>& out) -> awaitable<> {
        out = co_await chanx::run_blocking(p, [&] {
            id = std::this_thread::get_id();
            return std::make_unique<int>(42);
        });
        CHECK(std::this_thread::get_id() != id);
        co_await chanx::run_blocking(p, [] {});
    }(pool, there, result));
    on.loop.run();
    CHECK(chain.ended);
    CHECK_FALSE(chain.error);
    REQUIRE(result);
    CHECK(*result == 42);
    CHECK(there != std::this_thread::get_id());
}

TEST_CASE("a function may return run_blocking as an awaitable of its result", "[run_blocking]") {
    BlockingPool pool({.name = "db", .threads = 1});
    OnLoop on;
    int result = 0;
    auto& chain = on.start([](BlockingPool& p, int& out) -> awaitable<> {
        const auto later = [](BlockingPool& its_pool, int number) -> awaitable<int> {
            return chanx::run_blocking(its_pool, [number] { return number + 1; });
        };
        awaitable<int> pending = later(p, 41);
        out = co_await std::move(pending);
    }(pool, result));
    on.loop.run();
    CHECK(chain.ended);
    CHECK_FALSE(chain.error);
    CHECK(result == 42);
}

TEST_CASE("an exception of the function comes out of run_blocking", "[run_blocking]") {
    BlockingPool pool({.threads = 1});
    OnLoop on;
    auto& chain = on.start([](BlockingPool& p) -> awaitable<> {
        co_await chanx::run_blocking(p, []() -> int { throw std::runtime_error("disk full"); });
    }(pool));
    on.loop.run();
    REQUIRE(chain.error);
    CHECK_THROWS_WITH(std::rethrow_exception(chain.error), "disk full");
}

TEST_CASE("a full pool is an ApiException 503 that names it", "[run_blocking]") {
    Gate gate;
    BlockingPool pool({.name = "passwords", .threads = 1, .queue = 2});
    OnLoop on;
    const auto block = [](BlockingPool& p, Gate& g) -> awaitable<> {
        co_await chanx::run_blocking(p, [&g] { g.pass(); });
    };
    on.start(block(pool, gate));
    gate.wait_for(1);
    on.start(block(pool, gate));
    on.start(block(pool, gate));
    CHECK(pool.pending() == 3);
    auto& refused = on.start(block(pool, gate));
    REQUIRE(refused.ended);
    try {
        std::rethrow_exception(refused.error);
    } catch (const chanx::ApiException& error) {
        CHECK(error.status() == 503);
        CHECK(error.detail().find("passwords") != std::string::npos);
    }
    gate.open();
    on.loop.run();
    CHECK(pool.pending() == 0);
    for (const auto& chain : on.chains) CHECK(chain->ended);
}

TEST_CASE("a pool that ends finishes what is queued", "[run_blocking]") {
    std::atomic<int> done{0};
    OnLoop on;
    {
        BlockingPool pool({.threads = 2});
        for (int i = 0; i < 50; ++i) {
            on.start([](BlockingPool& p, std::atomic<int>& count) -> awaitable<> {
                co_await chanx::run_blocking(p, [&] { ++count; });
            }(pool, done));
        }
        // The calls are in the pool's hands, which ends only when the loop has taken them back.
        on.loop.run();
    }
    CHECK(done == 50);
}

TEST_CASE("a loop that ends waits for the calls that run and takes back those that wait", "[run_blocking]") {
    Gate gate;
    std::atomic<int> done{0};
    BlockingPool pool({.threads = 1});
    std::thread opener;
    {
        OnLoop on;
        const auto block = [](BlockingPool& p, Gate& g, std::atomic<int>& count) -> awaitable<> {
            std::vector<int> own(1000, 1);
            co_await chanx::run_blocking(p, [&] {
                g.pass();
                for (const int one : own) count += one;
            });
        };
        on.start(block(pool, gate, done));
        on.start(block(pool, gate, done));
        gate.wait_for(1);
        opener = std::thread([&] {
            // Until the one that waits has been taken back.
            while (pool.pending() > 1) std::this_thread::yield();
            gate.open();
        });
    }
    opener.join();
    CHECK(done == 1000);
    CHECK(pool.pending() == 0);
}

TEST_CASE("a posted call runs on a thread of the pool, and what it throws is only logged", "[run_blocking]") {
    const LogCapture logged;
    std::thread::id there;
    {
        BlockingPool pool({.name = "disk", .threads = 1});
        REQUIRE(pool.try_post([] { throw std::runtime_error("disk full"); }));
        REQUIRE(pool.try_post([&, kept = std::make_unique<int>(1)] { there = std::this_thread::get_id(); }));
    }
    CHECK(there != std::thread::id());
    CHECK(there != std::this_thread::get_id());
    CHECK(logged.line("posted call failed").find("disk full") != std::string::npos);
}

TEST_CASE("a posted call that finds the pool full is refused and never called", "[run_blocking]") {
    Gate gate;
    std::atomic<int> called{0};
    {
        BlockingPool pool({.threads = 1, .queue = 1});
        REQUIRE(pool.try_post([&] { gate.pass(); }));
        gate.wait_for(1);
        CHECK(pool.try_post([&] { ++called; }));
        CHECK_FALSE(pool.try_post([&] { called += 100; }));
        CHECK(pool.pending() == 2);
        gate.open();
    }
    CHECK(called == 1);
}

TEST_CASE("in a test application posted calls are steps of the loop", "[run_blocking]") {
    BlockingPool pool({.threads = 1});
    chanx::Application application{chanx::Router{}};
    chanx::testing::TestApplication app(application);
    std::thread::id there;
    app.run([](BlockingPool& p, std::thread::id& id) -> awaitable<> {
        CHECK(p.try_post([&id] { id = std::this_thread::get_id(); }));
        CHECK(id == std::thread::id());
        co_return;
    }(pool, there));
    app.run_until_idle();
    CHECK(there == std::this_thread::get_id());
}

TEST_CASE("a pool needs a thread and a queue", "[run_blocking]") {
    CHECK_THROWS_AS(BlockingPool({.threads = 0}), chanx::ConfigurationError);
    CHECK_THROWS_AS(BlockingPool({.queue = 0}), chanx::ConfigurationError);
    CHECK(BlockingPool({.name = "db", .threads = 1}).name() == "db");
}

TEST_CASE("in a test application blocking calls run inline, as steps of the loop", "[run_blocking]") {
    BlockingPool pool({.threads = 1});
    chanx::Application application{chanx::Router{}};
    chanx::testing::TestApplication app(application);
    std::thread::id there;
    app.run([](BlockingPool& p, std::thread::id& id) -> awaitable<> {
        id = co_await chanx::run_blocking(p, [] { return std::this_thread::get_id(); });
    }(pool, there));
    CHECK(there == std::this_thread::get_id());
}
