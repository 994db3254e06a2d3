#include "runtime/loop.hpp"

#include "support/catch.hpp"

#include <chanx/clock.hpp>

#include <thread>
#include <vector>

namespace {

using chanx::awaitable;
using chanx::detail::Loop;
using chanx::detail::TaskContext;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("a loop is current while it runs, and no other time", "[loop]") {
    Loop outer;
    Loop inner;
    std::vector<Loop*> seen;
    outer.post([&] {
        seen.push_back(Loop::current());
        inner.post([&] { seen.push_back(Loop::current()); });
        inner.poll();
        seen.push_back(Loop::current());
    });
    outer.run();
    CHECK(seen == std::vector<Loop*>{&outer, &inner, &outer});
    CHECK(Loop::current() == nullptr);
}

TEST_CASE("with the real clock a sleep takes at least its time", "[loop]") {
    Loop loop;
    TaskContext task;
    bool ended = false;
    const auto before = std::chrono::steady_clock::now();
    loop.start(
        task, chanx::sleep_for(15ms),
        [](void* flag, std::exception_ptr) { *static_cast<bool*>(flag) = true; }, &ended);
    loop.run();
    CHECK(ended);
    CHECK(std::chrono::steady_clock::now() - before >= 15ms);
}

TEST_CASE("with the real clock an earlier deadline armed later fires first", "[loop]") {
    Loop loop;
    struct Sleeper {
        TaskContext task{};
        std::vector<int>* order = nullptr;
        int number = 0;
        static void done(void* self, std::exception_ptr) {
            auto& sleeper = *static_cast<Sleeper*>(self);
            sleeper.order->push_back(sleeper.number);
        }
    };
    std::vector<int> order;
    Sleeper late{.order = &order, .number = 2};
    Sleeper early{.order = &order, .number = 1};
    loop.start(late.task, chanx::sleep_for(60ms), &Sleeper::done, &late);
    loop.start(early.task, chanx::sleep_for(10ms), &Sleeper::done, &early);
    loop.run();
    CHECK(order == std::vector{1, 2});
}

TEST_CASE("a function posted from another thread runs on the loop's", "[loop]") {
    Loop loop;
    std::thread::id ran;
    std::thread([&] { loop.post([&] { ran = std::this_thread::get_id(); }); }).join();
    loop.run();
    CHECK(ran == std::this_thread::get_id());
}

TEST_CASE("a loop knows whether something outside will come back to it", "[loop]") {
    Loop loop;
    CHECK_FALSE(loop.has_outside_work());
    {
        const auto work = boost::asio::make_work_guard(loop.io());
        CHECK(loop.has_outside_work());
    }
    CHECK_FALSE(loop.has_outside_work());
    loop.post([] {});
    CHECK(loop.has_outside_work());
    CHECK_FALSE(loop.has_outside_work());
}

TEST_CASE("a chain that does not wait has ended when start returns, and is the running one until then", "[loop]") {
    struct Seen {
        TaskContext context;
        bool in_body = false;
        bool in_done = false;
        bool failed = false;
    } seen;
    Loop loop({.clock = chanx::detail::ClockKind::simulated});
    const auto body = [](Seen& of) -> chanx::awaitable<> {
        of.in_body = chanx::detail::current_task() == &of.context;
        throw std::runtime_error("x");
        co_return;
    };
    loop.start(
        seen.context, body(seen),
        [](void* owner, std::exception_ptr error) {
            auto& of = *static_cast<Seen*>(owner);
            of.in_done = chanx::detail::current_task() == &of.context;
            of.failed = error != nullptr;
        },
        &seen);
    CHECK(seen.in_body);
    CHECK(seen.in_done);
    CHECK(seen.failed);
    CHECK(chanx::detail::current_task() == nullptr);
}

TEST_CASE("a chain's frames are gone when its end is told, whether it waited or not", "[loop]") {
    Loop loop({.clock = chanx::detail::ClockKind::simulated});
    const auto body = [](std::shared_ptr<int> held, bool waits) -> chanx::awaitable<> {
        if (waits) co_await chanx::sleep_for(10ms);
        ++*held;
    };
    for (const bool waits : {false, true}) {
        const auto held = std::make_shared<int>(0);
        struct Seen {
            const std::shared_ptr<int>& held;
            long uses = 0;
        } seen{held};
        TaskContext context;
        loop.start(
            context, body(held, waits),
            [](void* owner, std::exception_ptr) {
                auto& of = *static_cast<Seen*>(owner);
                of.uses = of.held.use_count();
            },
            &seen);
        loop.advance_to(loop.now() + 20ms);
        CHECK(*held == 1);
        CHECK(seen.uses == 1);
    }
}

TEST_CASE("chains end in any order and the loop forgets them", "[loop]") {
    Loop loop({.clock = chanx::detail::ClockKind::simulated});
    std::vector<std::unique_ptr<TaskContext>> tasks;
    int ended = 0;
    for (const int milliseconds : {30, 10, 20, 0, 40}) {
        tasks.push_back(std::make_unique<TaskContext>());
        loop.start(
            *tasks.back(), chanx::sleep_for(std::chrono::milliseconds(milliseconds)),
            [](void* count, std::exception_ptr) { ++*static_cast<int*>(count); }, &ended);
    }
    for (int i = 1; i <= 5; ++i) {
        loop.advance_to(loop.now() + 10ms);
        CHECK(ended >= i);
    }
    CHECK(ended == 5);
    CHECK(loop.timers().empty());
}

namespace {

void block_for(std::chrono::milliseconds duration) {
    const auto until = std::chrono::steady_clock::now() + duration;
    while (std::chrono::steady_clock::now() < until) {
    }
}

struct LagReports {
    std::vector<chanx::detail::LagMeter::Report> list;
    static void add(void* self, chanx::detail::LagMeter::Report report) {
        static_cast<LagReports*>(self)->list.push_back(report);
    }
};

}  // namespace

TEST_CASE("a turn that blocks the loop is reported as its lag", "[loop][lag]") {
    Loop loop;
    LagReports reports;
    loop.watch_lag(50ms, &LagReports::add, &reports);
    loop.post([] { block_for(200ms); });
    loop.run();
    REQUIRE(reports.list.size() == 1);
    // The probe was due within 35 ms of the turn's begin.
    CHECK(reports.list[0].worst >= 150ms);
    CHECK(reports.list[0].times == 1);
    CHECK(loop.lag().take_greatest() == reports.list[0].worst);
}

TEST_CASE("a loop without anything to do is not kept awake to measure its lag", "[loop][lag]") {
    Loop loop;
    LagReports reports;
    loop.watch_lag(20ms, &LagReports::add, &reports);
    CHECK(loop.timers().empty());
    loop.post([] {});
    loop.run();  // ends: the probe is not armed again
    CHECK(loop.timers().empty());
    loop.post([&] {
        loop.post([&] { CHECK(loop.timers().size() == 1); });
    });
    loop.run();
    CHECK(loop.timers().empty());
}

TEST_CASE("with a limit of zero the lag is not watched", "[loop][lag]") {
    Loop loop;
    LagReports reports;
    loop.watch_lag(0ms, &LagReports::add, &reports);
    loop.post([&] {
        CHECK(loop.timers().empty());
        block_for(1ms);
    });
    loop.run();
    CHECK(reports.list.empty());
}
