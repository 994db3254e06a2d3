#include <chanx/loop_executor.hpp>

#include "runtime/loop.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/asio.hpp>
#include <chanx/clock.hpp>
#include <chanx/error.hpp>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>

#include <thread>
#include <vector>

using chanx::detail::Loop;
namespace asio = boost::asio;

namespace {

/// A guest on an io_context, with one chain of coroutines.
struct Guest {
    void start(chanx::awaitable<> body) {
        loop->start(
            task, std::move(body),
            [](void* self, std::exception_ptr) { static_cast<Guest*>(self)->ended = true; }, this);
    }

    asio::io_context host;
    std::unique_ptr<Loop> loop = std::make_unique<Loop>(Loop::Options{}, host);
    chanx::detail::TaskContext task;
    bool ended = false;
};

}  // namespace

TEST_CASE("a guest's functions and coroutines run as its loop, in the host's run", "[runtime]") {
    Guest guest;
    std::vector<Loop*> seen;
    const auto body = [&]() -> chanx::awaitable<> {
        co_await chanx::sleep_for(std::chrono::milliseconds(1));
        seen.push_back(Loop::current());
        asio::steady_timer timer(co_await chanx::this_io_context(), std::chrono::milliseconds(1));
        co_await timer.async_wait(chanx::use_awaitable);
        seen.push_back(Loop::current());
        co_await asio::post(chanx::use_awaitable);
        seen.push_back(Loop::current());
    };
    guest.loop->post([&] {
        seen.push_back(Loop::current());
        guest.start(body());
    });
    asio::post(guest.host, [&] { seen.push_back(Loop::current()); });
    CHECK(seen.empty());
    guest.host.run();
    Loop* const loop = guest.loop.get();
    CHECK(seen == std::vector<Loop*>{loop, nullptr, loop, loop, loop});
    CHECK(guest.ended);
    CHECK(Loop::current() == nullptr);
}

TEST_CASE("functions that are posted to a guest run in their order, with the host's own between them",
          "[runtime]") {
    Guest guest;
    std::vector<int> order;
    guest.loop->post([&] { order.push_back(1); });
    asio::post(guest.host, [&] { order.push_back(2); });
    guest.loop->post([&] { order.push_back(3); });
    guest.host.run();
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("what comes back to a guest that has been closed is dropped", "[runtime]") {
    Guest guest;
    int resumed = 0;
    const auto owned = std::make_shared<int>();
    const auto body = [&](std::shared_ptr<int>) -> chanx::awaitable<> {
        asio::steady_timer timer(co_await chanx::this_io_context(), std::chrono::hours(1));
        try {
            co_await timer.async_wait(chanx::use_awaitable);
        } catch (const boost::system::system_error&) {
        }
        ++resumed;
    };
    guest.loop->post([&] { guest.start(body(owned)); });
    guest.host.poll();
    guest.loop->post([&resumed, owned] { ++resumed; });
    guest.loop->keep(owned);
    CHECK(owned.use_count() == 4);
    SECTION("by its end") {
        guest.loop.reset();
    }
    SECTION("and what is posted later too") {
        guest.loop->close();
        guest.loop->post([&] { ++resumed; });
    }
    CHECK(owned.use_count() == 1);
    guest.host.restart();
    guest.host.run();
    CHECK(resumed == 0);
    CHECK_FALSE(guest.ended);
}

TEST_CASE("a second thread that runs a guest's io_context is refused, and nothing is lost by it",
          "[runtime]") {
    const LogCapture log;
    Guest guest;
    guest.loop->post([] {});
    guest.host.run();  // this thread is the first
    std::vector<std::thread::id> ran;
    for (int i = 0; i < 3; ++i) guest.loop->post([&] { ran.push_back(std::this_thread::get_id()); });
    guest.host.restart();
    std::thread([&] {
        for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(guest.host.run_one(), chanx::ConfigurationError);
    }).join();
    CHECK(ran.empty());
    CHECK(log.count("run by two threads") == 1);
    guest.host.restart();
    guest.host.run();
    CHECK(ran == std::vector<std::thread::id>(3, std::this_thread::get_id()));
}
