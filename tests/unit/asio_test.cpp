#include <chanx/asio.hpp>

#include <chanx/chanx.hpp>
#include <chanx/testing/test_application.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "runtime/loop.hpp"
#include "support/catch.hpp"

namespace {

namespace asio = boost::asio;
using chanx::awaitable;
using namespace std::chrono_literals;

struct AsioFixture {
    chanx::Application application{chanx::Router{}};
    chanx::testing::TestApplication app{application};
};

/// An operation of another thread: completes there with what it is told.
template <class Signature, class Token, class... Results>
auto complete_elsewhere(asio::thread_pool& pool, Token&& token, Results... results) {
    return asio::async_initiate<Token, Signature>(
        [&pool](auto handler, auto... values) {
            auto work = asio::make_work_guard(asio::get_associated_executor(handler));
            asio::post(pool, [handler = std::move(handler), work = std::move(work),
                              arguments = std::make_tuple(std::move(values)...)]() mutable {
                auto executor = work.get_executor();
                asio::dispatch(executor, [handler = std::move(handler), arguments = std::move(arguments)]() mutable {
                    std::apply(std::move(handler), std::move(arguments));
                });
            });
        },
        token, std::move(results)...);
}

}  // namespace

TEST_CASE_METHOD(AsioFixture, "an asio timer can be awaited", "[asio]") {
    bool done = false;
    app.run([](bool& out) -> awaitable<> {
        asio::steady_timer timer(co_await chanx::this_io_context());
        timer.expires_after(1ms);
        co_await timer.async_wait(chanx::use_awaitable);
        out = true;
    }(done));
    CHECK(done);
}

TEST_CASE_METHOD(AsioFixture, "what completes on another thread goes on on the loop's own", "[asio]") {
    asio::thread_pool pool(1);
    const auto here = std::this_thread::get_id();
    for (int i = 0; i < 100; ++i) {
        std::thread::id after;
        app.run([](asio::thread_pool& p, std::thread::id& out) -> awaitable<> {
            co_await complete_elsewhere<void()>(p, chanx::use_awaitable);
            out = std::this_thread::get_id();
        }(pool, after));
        CHECK(after == here);
    }
    pool.join();
}

TEST_CASE_METHOD(AsioFixture, "results come as a value, or as a tuple where there are several", "[asio]") {
    asio::thread_pool pool(1);
    app.run([](asio::thread_pool& p) -> awaitable<> {
        const auto got = co_await complete_elsewhere<void(int)>(p, chanx::use_awaitable, 5);
        CHECK(got == 5);
        const auto two = co_await complete_elsewhere<void(int, std::string)>(p, chanx::use_awaitable, 5, std::string("x"));
        CHECK(two == std::make_tuple(5, std::string("x")));
        auto pointer = co_await complete_elsewhere<void(boost::system::error_code, std::unique_ptr<int>)>(
            p, chanx::use_awaitable, boost::system::error_code(), std::make_unique<int>(3));
        CHECK(*pointer == 3);
    }(pool));
    pool.join();
}

TEST_CASE_METHOD(AsioFixture, "an error code is thrown as a system_error, an exception as itself", "[asio]") {
    asio::thread_pool pool(1);
    app.run([](asio::thread_pool& p) -> awaitable<> {
        boost::system::error_code seen;
        try {
            co_await complete_elsewhere<void(boost::system::error_code, int)>(p, chanx::use_awaitable,
                                                                             asio::error::make_error_code(asio::error::eof), 1);
        } catch (const boost::system::system_error& error) {
            seen = error.code();
        }
        CHECK(seen == asio::error::eof);
        std::string text;
        try {
            co_await complete_elsewhere<void(std::exception_ptr)>(
                p, chanx::use_awaitable, std::make_exception_ptr(std::runtime_error("from there")));
        } catch (const std::runtime_error& error) {
            text = error.what();
        }
        CHECK(text == "from there");
    }(pool));
    pool.join();
}

TEST_CASE_METHOD(AsioFixture, "an ordinary asio coroutine can be awaited, with its value and its exception", "[asio]") {
    app.run([]() -> awaitable<> {
        const auto value = co_await chanx::adapt([]() -> asio::awaitable<std::string> {
            asio::steady_timer timer(co_await asio::this_coro::executor);
            timer.expires_after(1ms);
            co_await timer.async_wait(asio::use_awaitable);
            co_return "adapted";
        }());
        CHECK(value == "adapted");
        bool caught = false;
        try {
            co_await chanx::adapt([]() -> asio::awaitable<void> {
                throw std::runtime_error("x");
                co_return;
            }());
        } catch (const std::runtime_error&) {
            caught = true;
        }
        CHECK(caught);
    }());
}

namespace {

struct OnLoop {
    chanx::detail::Loop loop;
    chanx::detail::TaskContext task;
    bool ended = false;
    boost::system::error_code error;

    void start(awaitable<> body) {
        loop.start(
            task, std::move(body),
            [](void* owner, std::exception_ptr thrown) {
                auto& self = *static_cast<OnLoop*>(owner);
                self.ended = true;
                try {
                    if (thrown) std::rethrow_exception(thrown);
                } catch (const boost::system::system_error& failure) {
                    self.error = failure.code();
                }
            },
            this);
    }
};

awaitable<> wait_long() {
    asio::steady_timer timer(co_await chanx::this_io_context());
    timer.expires_after(1h);
    co_await timer.async_wait(chanx::use_awaitable);
}

asio::awaitable<void> wait_long_in_asio() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(1h);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

TEST_CASE_METHOD(OnLoop, "a cancelled task cancels the asio operation that it waits for", "[asio]") {
    start(wait_long());
    loop.poll();
    CHECK_FALSE(ended);
    task.request_cancel();
    loop.run();
    CHECK(ended);
    CHECK(error == asio::error::operation_aborted);
}

TEST_CASE_METHOD(OnLoop, "a cancelled task cancels an asio coroutine's operation", "[asio]") {
    start(chanx::adapt(wait_long_in_asio()));
    loop.poll();
    CHECK_FALSE(ended);
    task.request_cancel();
    loop.run();
    CHECK(ended);
    CHECK(error == asio::error::operation_aborted);
}

TEST_CASE_METHOD(OnLoop, "a task that was cancelled before does not start an operation", "[asio]") {
    task.cancelled = true;
    bool cancelled = false;
    start([](bool& out) -> awaitable<> {
        try {
            co_await wait_long();
        } catch (const chanx::Cancelled&) {
            out = true;
        }
    }(cancelled));
    CHECK(ended);
    CHECK(cancelled);
}

TEST_CASE("a loop that ends destroys chains that wait for asio operations", "[asio]") {
    OnLoop on;
    on.start(wait_long());
    OnLoop adapted;
    adapted.start(chanx::adapt(wait_long_in_asio()));
    adapted.loop.poll();
    CHECK_FALSE(on.ended);
    CHECK_FALSE(adapted.ended);
}

TEST_CASE_METHOD(OnLoop, "an operation that can't be started leaves nothing to cancel", "[asio]") {
    bool caught = false;
    start([](bool& out) -> awaitable<> {
        try {
            co_await asio::async_initiate<const chanx::use_awaitable_t&, void()>(
                [](auto) { throw std::runtime_error("not started"); }, chanx::use_awaitable);
        } catch (const std::runtime_error&) {
            out = true;
        }
        co_await wait_long();
    }(caught));
    CHECK(caught);
    task.request_cancel();
    loop.run();
    CHECK(error == asio::error::operation_aborted);
}
