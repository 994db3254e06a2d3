#include <chanx/awaitable.hpp>

#include <chanx/clock.hpp>
#include <chanx/error.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/loop.hpp"
#include "support/catch.hpp"
#include "support/tail_calls.hpp"

namespace {

using chanx::awaitable;
using chanx::detail::Loop;
using chanx::detail::TaskContext;
using namespace std::chrono_literals;

/// A loop with a virtual clock, and what became of the chain that was started on it.
struct OnLoop {
    Loop loop{{.clock = chanx::detail::ClockKind::simulated, .inline_blocking = true}};
    TaskContext task;
    bool ended = false;
    std::exception_ptr error;

    void start(awaitable<> body) {
        loop.start(
            task, std::move(body),
            [](void* owner, std::exception_ptr thrown) {
                auto& self = *static_cast<OnLoop*>(owner);
                self.ended = true;
                self.error = std::move(thrown);
            },
            this);
    }
    void advance(chanx::detail::Duration duration) {
        loop.advance_to(loop.now() + duration);
        loop.poll();
    }
    template <class Exception>
    bool failed_with() const {
        if (!error) return false;
        try {
            std::rethrow_exception(error);
        } catch (const Exception&) {
            return true;
        } catch (...) {
            return false;
        }
    }
};

awaitable<int> number(int value) { co_return value; }
awaitable<std::unique_ptr<int>> owned(int value) { co_return std::make_unique<int>(value); }
awaitable<int> failing() {
    throw std::runtime_error("failed");
    co_return 0;
}

struct CountsItself {
    explicit CountsItself(int& alive) : count(alive) { ++count; }
    CountsItself(const CountsItself&) = delete;
    CountsItself& operator=(const CountsItself&) = delete;
    ~CountsItself() { --count; }
    int& count;
};

}  // namespace

TEST_CASE_METHOD(OnLoop, "an awaitable gives its value", "[awaitable]") {
    int result = 0;
    std::unique_ptr<int> moved;
    start([](int& out, std::unique_ptr<int>& pointer) -> awaitable<> {
        out = co_await number(20) + co_await number(22);
        pointer = co_await owned(7);
    }(result, moved));
    CHECK(ended);
    CHECK(result == 42);
    REQUIRE(moved);
    CHECK(*moved == 7);
}

TEST_CASE_METHOD(OnLoop, "an exception comes out of the co_await and can be caught there", "[awaitable]") {
    std::string text;
    start([](std::string& out) -> awaitable<> {
        try {
            co_await failing();
        } catch (const std::runtime_error& caught) {
            out = caught.what();
        }
        co_await failing();
    }(text));
    CHECK(text == "failed");
    CHECK(ended);
    CHECK(failed_with<std::runtime_error>());
}

TEST_CASE_METHOD(OnLoop, "an awaitable does nothing until it is awaited", "[awaitable]") {
    bool ran = false;
    {
        auto unused = [](bool& flag) -> awaitable<> {
            flag = true;
            co_return;
        }(ran);
        auto moved = std::move(unused);
    }
    CHECK_FALSE(ran);
}

constexpr long many = support::tail_calls ? 100'000 : 2'000;

TEST_CASE_METHOD(OnLoop, "very many awaits in a loop, and as many in depth, need no stack", "[awaitable]") {
    long sum = 0;
    start([](long& out) -> awaitable<> {
        for (long i = 0; i < many; ++i) out += co_await number(1);
    }(sum));
    CHECK(sum == many);

    struct Deep {
        static awaitable<long> down(long depth) {
            if (depth == 0) co_return 0;
            co_return 1 + co_await down(depth - 1);
        }
    };
    ended = false;
    start([](long& out) -> awaitable<> { out = co_await Deep::down(many); }(sum));
    CHECK(ended);
    CHECK(sum == many);
}

TEST_CASE("a loop that ends destroys the chains that wait on it", "[awaitable]") {
    int alive = 0;
    {
        OnLoop on;
        on.start([](int& count) -> awaitable<> {
            const CountsItself outer(count);
            co_await [](int& inner_count) -> awaitable<> {
                const CountsItself inner(inner_count);
                co_await chanx::sleep_for(1h);
            }(count);
        }(alive));
        CHECK(alive == 2);
        CHECK_FALSE(on.ended);
    }
    CHECK(alive == 0);
}

TEST_CASE_METHOD(OnLoop, "sleep_for waits by the loop's clock, never less and at most a tick more", "[awaitable][clock]") {
    for (const auto duration : {1ms, 10ms, 15ms, 1000ms, 3'600'000ms}) {
        ended = false;
        start(chanx::sleep_for(duration));
        advance(duration - 1ms);
        CHECK_FALSE(ended);
        advance(11ms);
        CHECK(ended);
        CHECK_FALSE(error);
    }
}

TEST_CASE_METHOD(OnLoop, "sleep_for takes any duration", "[awaitable][clock]") {
    bool soon = false;
    start([](bool& out) -> awaitable<> {
        co_await chanx::sleep_for(-5s);
        co_await chanx::sleep_for(chanx::detail::Duration::min());
        co_await chanx::sleep_for(0s);
        out = true;
        co_await chanx::sleep_for(chanx::detail::Duration::max());
    }(soon));
    for (int i = 0; i < 4; ++i) advance(10ms);
    CHECK(soon);
    advance(1'000'000h / 2);
    CHECK_FALSE(ended);
}

TEST_CASE_METHOD(OnLoop, "a cancelled sleep ends with Cancelled, in a turn of its own", "[awaitable][clock]") {
    start(chanx::sleep_for(1h));
    task.request_cancel();
    CHECK_FALSE(ended);
    loop.poll();
    CHECK(ended);
    CHECK(failed_with<chanx::Cancelled>());
    CHECK(loop.timers().empty());
}

TEST_CASE_METHOD(OnLoop, "after a cancellation every further wait ends at once", "[awaitable][clock]") {
    int cancelled = 0;
    start([](int& count) -> awaitable<> {
        for (int i = 0; i < 3; ++i) {
            try {
                co_await chanx::sleep_for(1h);
            } catch (const chanx::Cancelled&) {
                ++count;
            }
        }
    }(cancelled));
    task.request_cancel();
    task.request_cancel();
    loop.poll();
    CHECK(cancelled == 3);
    CHECK(ended);
    CHECK_FALSE(error);
}

TEST_CASE_METHOD(OnLoop, "current_task is the chain that runs, and none outside", "[awaitable]") {
    CHECK(chanx::detail::current_task() == nullptr);
    std::vector<TaskContext*> seen;
    start([](std::vector<TaskContext*>& out) -> awaitable<> {
        out.push_back(chanx::detail::current_task());
        co_await chanx::sleep_for(10ms);
        out.push_back(chanx::detail::current_task());
    }(seen));
    CHECK(chanx::detail::current_task() == nullptr);
    advance(20ms);
    CHECK(seen == std::vector<TaskContext*>{&task, &task});
    CHECK(chanx::detail::current_task() == nullptr);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature) || !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
TEST_CASE("a frame that was freed is used again for one of its size class", "[awaitable]") {
    void* const first = chanx::detail::allocate_frame(300);
    void* const second = chanx::detail::allocate_frame(300);
    CHECK(first != second);
    chanx::detail::deallocate_frame(first, 300);
    void* const third = chanx::detail::allocate_frame(310);
    CHECK(third == first);
    void* const other = chanx::detail::allocate_frame(1000);
    CHECK(other != second);
    chanx::detail::deallocate_frame(other, 1000);
    chanx::detail::deallocate_frame(third, 310);
    chanx::detail::deallocate_frame(second, 300);
}
#endif
#endif

TEST_CASE("frames of any size and number can be taken and given back", "[awaitable]") {
    std::vector<std::pair<void*, std::size_t>> frames;
    for (std::size_t size = 1; size < 6000; size += 61) {
        for (int i = 0; i < 80; ++i) frames.emplace_back(chanx::detail::allocate_frame(size), size);
    }
    for (const auto& [frame, size] : frames) {
        auto* bytes = static_cast<unsigned char*>(frame);
        bytes[0] = bytes[size - 1] = 0xab;
    }
    for (const auto& [frame, size] : frames) chanx::detail::deallocate_frame(frame, size);
    SUCCEED("no allocation overlapped another");
}
