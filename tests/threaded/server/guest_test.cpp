#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "threaded/support/room.hpp"

#include <chanx/asio.hpp>
#include <chanx/server/server.hpp>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace {

using threaded::enter;
using threaded::has;
using threaded::RoomConsumer;
using threaded::Rooms;
using threaded::SocketClient;
using Opcode = SocketClient::Opcode;

/// What became of hooks that wait in a way that no cancelling ends.
struct Waiting {
    std::atomic<int> begun{0};
    std::atomic<int> destroyed{0};
};

class Stubborn final : public chanx::WebsocketConsumer {
    chanx::awaitable<> on_connect() override {
        struct Witness {
            Waiting& waiting;
            ~Witness() { ++waiting.destroyed; }
        } witness{scope().state<Waiting>()};
        ++witness.waiting.begun;
        boost::asio::steady_timer never(co_await chanx::this_io_context(), std::chrono::hours(1));
        const auto wait_deaf = [&never](auto handler) {
            never.async_wait([handler = std::move(handler)](const boost::system::error_code&) mutable {
                boost::asio::dispatch(std::move(handler));
            });
        };
        co_await boost::asio::async_initiate<const chanx::use_awaitable_t, void()>(wait_deaf,
                                                                                   chanx::use_awaitable);
    }
};

/// Rooms on an io_context that is the test's.
class Program {
  public:
    explicit Program(chanx::Settings settings = {})
        : application({chanx::path("room/<int:room>/", chanx::consumer<RoomConsumer>())},
                      std::move(settings)),
          rooms(std::make_shared<Rooms>(application)) {
        application.state(rooms);
        server.emplace(application, context, chanx::ServerOptions{.port = 0});
        server->start();
    }

    boost::asio::io_context context;
    chanx::Application application;
    std::shared_ptr<Rooms> rooms;
    std::optional<chanx::Server> server;
};

}  // namespace

TEST_CASE("a guest serves on the io_context's thread, and leaves when it is stopped",
          "[threaded][server][guest]") {
    Program program;
    std::atomic<bool> over{false};
    std::thread thread([&] {
        program.context.run();
        over = true;
    });
    std::vector<std::thread> clients;
    std::atomic<int> heard{0};
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&] {
            const auto client = enter(program.server->port(), 1);
            client->send_text(R"({"action":"say","payload":"hello"})");
            while (const auto frame = client->read()) {
                if (has(frame->payload, R"("is_current":true)")) ++heard;
                if (frame->opcode == Opcode::close) client->send_close(frame->close_code());
            }
        });
    }
    while (heard < 4) std::this_thread::yield();
    CHECK_FALSE(over);
    CHECK_FALSE(program.server->stopped());
    program.server->stop();
    thread.join();
    for (auto& client : clients) client.join();
    CHECK(program.server->stopped());
    CHECK(program.rooms->entered == 4);
    CHECK(program.rooms->left == 4);
    CHECK(program.application.counts().sessions == 0);
}

TEST_CASE("a message that the program publishes in a handler of its own reaches a guest's members",
          "[threaded][server][guest]") {
    Program program;
    std::thread thread([&] { program.context.run(); });
    const auto client = enter(program.server->port(), 1);
    client->send_text(R"({"action":"ping"})");
    CHECK(has(client->read()->payload, "pong"));
    boost::asio::post(program.context, [&] {
        program.application.send_group_message<RoomConsumer>("everywhere", threaded::Said{"news", 7});
    });
    CHECK(has(client->read()->payload, R"("id":7)"));
    program.server->stop();
    client->reset();
    thread.join();
}

TEST_CASE("an io_context that two threads run is refused to the second, and the first one goes on",
          "[threaded][server][guest]") {
    const LogCapture log;
    Program program;
    std::atomic<int> refused{0};
    std::string what;
    const auto run = [&] {
        try {
            program.context.run();
        } catch (const chanx::ConfigurationError& error) {
            if (refused++ == 0) what = error.what();
        }
    };
    std::thread first(run);
    std::thread second(run);
    while (refused == 0) {
        const auto client = enter(program.server->port(), 1);
        client->send_text(R"({"action":"ping"})");
        CHECK(has(client->read()->payload, "pong"));
        client->reset();
    }
    const auto client = enter(program.server->port(), 1);
    for (int i = 0; i < 100; ++i) {
        client->send_text(R"({"action":"ping"})");
        CHECK(has(client->read()->payload, "pong"));
    }
    program.server->stop();
    client->reset();
    first.join();
    second.join();
    CHECK(refused == 1);
    CHECK(has(what, "two threads"));
    CHECK(log.count("run by two threads") == 1);
    CHECK(program.server->stopped());
    CHECK(program.rooms->left == program.rooms->entered);
}

TEST_CASE("a guest that is destroyed without having stopped is cut off, and nothing of it runs any more",
          "[threaded][server][guest]") {
    Program program;
    const std::uint16_t port = program.server->port();
    bool ended = false;
    std::thread clients([&] {
        const auto inside = enter(port, 1);
        SocketClient half(port);
        half.send_bytes("GET /room/1/ HTTP/1.1\r\nHo");
        SocketClient silent(port);
        // The end comes from within the io_context, between things that are under way.
        inside->send_text(R"({"action":"ping"})");
        inside->read();
        boost::asio::post(program.context, [&] {
            program.server.reset();
            ended = true;
        });
        CHECK_FALSE(inside->read());
        CHECK(half.read_head().empty());
        CHECK(silent.read_head().empty());
    });
    program.context.run();
    clients.join();
    CHECK(ended);
    CHECK(program.application.counts().sessions == 0);
    CHECK(program.application.counts().memberships == 0);
    // The same application, on the same io_context and on another thread, is served anew.
    program.server.emplace(program.application, program.context, chanx::ServerOptions{.port = port});
    program.server->start();
    program.context.restart();
    std::thread thread([&] { program.context.run(); });
    CHECK(enter(port, 1)->send_close());
    program.server->stop();
    thread.join();
    CHECK(program.server->stopped());
}

TEST_CASE("what has not ended at the deadline is destroyed, and the io_context goes on",
          "[threaded][server][guest]") {
    boost::asio::io_context context;
    chanx::Application application(
        {chanx::path("", chanx::consumer<Stubborn>())},
        {.hook_timeout = std::chrono::milliseconds(50), .shutdown_timeout = std::chrono::milliseconds(200)});
    const auto waiting = std::make_shared<Waiting>();
    application.state(waiting);
    chanx::Server server(application, context, {.port = 0});
    server.start();
    std::thread thread([&] { context.run(); });
    SocketClient client(server.port());
    CHECK(client.upgrade("/"));
    SocketClient half(server.port());
    half.send_bytes("GET / HT");
    while (waiting->begun == 0) std::this_thread::yield();
    server.stop();
    thread.join();
    CHECK(server.stopped());
    CHECK(waiting->destroyed == 1);
    CHECK(half.read_head().empty());
    bool ran = false;
    context.restart();
    boost::asio::post(context, [&] { ran = true; });
    context.run();
    CHECK(ran);
}

TEST_CASE("a server is run in the way it was made for", "[threaded][server][guest]") {
    boost::asio::io_context context;
    chanx::Application application({chanx::path("room/<int:room>/", chanx::consumer<RoomConsumer>())});
    CHECK_THROWS_AS(chanx::Server(application, context, {.port = 0, .threads = 2}),
                    chanx::ConfigurationError);
    {
        chanx::Server guest(application, context, {.port = 0});
        CHECK_THROWS_AS(guest.run(), chanx::ConfigurationError);
        guest.start();
        CHECK_THROWS_AS(guest.start(), chanx::ConfigurationError);
    }
    chanx::Server own(application, {.port = 0, .threads = 1});
    CHECK_THROWS_AS(own.start(), chanx::ConfigurationError);
}
