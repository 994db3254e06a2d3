#include "allocation/support/failing_memory.hpp"
#include "server/http_session.hpp"
#include "server/poller.hpp"
#include "server/server_shard.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <new>
#include <string>

using namespace std::chrono_literals;
using chanx::detail::ApplicationCore;
using chanx::detail::Descriptor;
using chanx::detail::Loop;
using chanx::detail::PolledSocket;
using chanx::detail::Poller;
using chanx::detail::Readiness;
using chanx::detail::ServerShard;
using chanx::detail::Timer;

namespace {

/// Runs the loop until something is so. @return whether it is
template <class Condition>
bool run_until(Loop& loop, Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) loop.run_one_for(10ms);
    return condition();
}

chanx::awaitable<chanx::Response> hello(chanx::Request) {
    co_return chanx::Response::text("hello");
}

/// Both ends of a TCP connection.
struct Connection {
    Connection() : ours(-1), theirs(-1) {
        boost::asio::io_context context;
        using boost::asio::ip::tcp;
        tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
        tcp::socket client(context);
        client.connect(acceptor.local_endpoint());
        client.non_blocking(true);
        tcp::socket server = acceptor.accept();
        theirs = client.release();
        ours = server.release();
    }
    ~Connection() { ::close(theirs); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Reads what is there. @return whether it was the end
    bool read() {
        std::array<char, 4096> bytes;
        const ssize_t count = ::recv(theirs, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (count > 0) answer.append(bytes.data(), static_cast<std::size_t>(count));
        return count == 0 || (count < 0 && errno != EAGAIN);
    }

    int ours;
    int theirs;
    std::string answer;
};

/// Hands a connection over with the nth allocation failing. @return whether one failed
bool survive(std::size_t nth) {
    CAPTURE(nth);
    ApplicationCore core({chanx::path("hello", chanx::get(&hello))}, {});
    Loop loop;
    core.begin_serving();
    core.attach(loop);
    bool hit = false;
    {
        ServerShard shard(core, loop);
        Connection connection;
        const std::string request = "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        REQUIRE(::send(connection.theirs, request.data(), request.size(), 0) ==
                static_cast<ssize_t>(request.size()));
        shard.adopt(Descriptor(connection.ours), {});
        failing_memory::fail(nth);
        try {
            run_until(loop, [&] {
                const failing_memory::Exempt exempt;
                return connection.read();
            });
        } catch (const std::exception& escaped) {
            failing_memory::stop();
            INFO("escaped into the loop: " << escaped.what());
            CHECK(false);
        }
        hit = failing_memory::stop();
        CHECK(connection.read());
        CAPTURE(connection.answer);
        if (!hit) CHECK(connection.answer.starts_with("HTTP/1.1 200 "));
        CHECK((connection.answer.empty() || connection.answer.starts_with("HTTP/1.1 ")));
        ::shutdown(connection.theirs, SHUT_WR);
        const auto& counters = loop.counters();
        CHECK(run_until(loop, [&] {
            return shard.http_count() == 0 && counters.http_opened.value() == counters.http_closed.value();
        }));
        CHECK(core.connections().size() == 0);
    }
    core.abandon_remaining(loop);
    loop.close();
    core.detach_all();
    return hit;
}

class Ready final : public PolledSocket {
  public:
    void on_ready(Readiness readiness) override { readable = readable || readiness.readable; }
    bool readable = false;
};

}  // namespace

TEST_CASE("whichever allocation fails, a connection that is handed over is served or closed, and counted out",
          "[allocation]") {
    const LogCapture log(chanx::LogLevel::off);
    std::size_t nth = 0;
    for (bool hit = true; hit && nth < 500;) {
        ++nth;
        failing_memory::on_new_thread([&] { hit = survive(nth); });
    }
    CHECK(nth > 5);
    CHECK(nth < 500);
}

TEST_CASE("a socket that there was no memory to wait for leaves the others' readiness told", "[allocation]") {
    for (std::size_t nth = 1;; ++nth) {
        CAPTURE(nth);
        Loop loop;
        Poller poller(loop, [](void*) {}, nullptr);
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
        Ready first;
        failing_memory::fail(nth);
        bool added = true;
        try {
            poller.add(ends[0], first);
        } catch (const std::bad_alloc&) {
            added = false;
        }
        const bool hit = failing_memory::stop();
        CHECK(added != hit);
        Ready second;
        if (!added) poller.add(ends[0], second);
        REQUIRE(::write(ends[1], "x", 1) == 1);
        Ready& told = added ? first : second;
        CHECK(run_until(loop, [&] { return told.readable; }));
        CHECK((added || !first.readable));
        poller.remove(ends[0], told);
        ::close(ends[0]);
        ::close(ends[1]);
        if (!hit) {
            CHECK(nth > 1);
            break;
        }
    }
}

TEST_CASE("a timer that there was no memory to wait for does not keep later ones from firing",
          "[allocation]") {
    for (std::size_t nth = 1;; ++nth) {
        CAPTURE(nth);
        Loop loop;
        int fired = 0;
        const auto fire = [](void* count) { ++*static_cast<int*>(count); };
        Timer first(fire, &fired);
        Timer second(fire, &fired);
        failing_memory::fail(nth);
        try {
            loop.arm(first, 1ms);
        } catch (const std::bad_alloc&) {
        }
        const bool hit = failing_memory::stop();
        loop.arm(second, 2ms);
        CHECK(run_until(loop, [&] { return fired == 2; }));
        if (!hit) {
            CHECK(nth > 1);
            break;
        }
    }
}
