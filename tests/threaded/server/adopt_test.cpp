#include "support/catch.hpp"
#include "threaded/support/plain_listener.hpp"
#include "threaded/support/room.hpp"

#include <chanx/server/server.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace {

using threaded::has;
using threaded::PlainListener;
using threaded::RoomConsumer;
using threaded::Rooms;
using threaded::SocketClient;

/// Rooms in a program whose connections come from a server without Asio, accepted by several threads.
class PlainProgram {
  public:
    explicit PlainProgram(unsigned threads, chanx::Settings settings = {})
        : application({chanx::path("room/<int:room>/", chanx::consumer<RoomConsumer>())},
                      std::move(settings)),
          rooms(std::make_shared<Rooms>(application)) {
        application.state(rooms);
        server = std::make_unique<chanx::Server>(
            application, chanx::ServerOptions{.port = listener.port(),
                                              .threads = threads,
                                              .handle_signals = false,
                                              .connections = chanx::ConnectionSource::adopted});
    }
    ~PlainProgram() { stop(); }

    void run() {
        thread_ = std::thread([this] { server->run(); });
    }
    /// @param most  bytes of each connection that are read before it is handed over; 0: none
    void accept_on(unsigned threads, std::size_t most) {
        for (unsigned i = 0; i < threads; ++i) {
            accepting_.emplace_back([this, most] {
                for (int socket; (socket = listener.accept()) >= 0;) {
                    server->adopt(socket, most == 0 ? std::string() : PlainListener::read_some(socket, most));
                }
            });
        }
    }
    void stop() {
        listener.stop();
        for (auto& thread : accepting_) thread.join();
        accepting_.clear();
        if (server) server->stop();
        if (thread_.joinable()) thread_.join();
    }

    chanx::Application application;
    std::shared_ptr<Rooms> rooms;
    PlainListener listener;
    std::unique_ptr<chanx::Server> server;

  private:
    std::thread thread_;
    std::vector<std::thread> accepting_;
};

/// Sends the request and a first frame at once, and waits for the frame's answer.
/// @return what went wrong, or nothing
std::string greet(SocketClient& client) {
    client.send_upgrade("/room/1/");
    client.send_text(R"({"action":"ping"})");
    if (!client.read_head().starts_with("HTTP/1.1 101 ")) return "no upgrade";
    const auto authentication = client.read();
    if (!authentication || !has(authentication->payload, "authentication")) return "no authentication";
    // Others may say something before.
    while (const auto frame = client.read()) {
        if (has(frame->payload, "pong")) return {};
    }
    return "no pong";
}

}  // namespace

TEST_CASE("connections that foreign threads accepted and began to read are served on the server's threads",
          "[threaded][server][adopt]") {
    constexpr int client_count = 8;
    constexpr int rounds = 5;
    // Nothing, a part of the head, and all of it with the first frame behind it.
    for (const std::size_t most : {std::size_t{0}, std::size_t{50}, std::size_t{4096}}) {
        PlainProgram program(2);
        program.run();
        program.accept_on(2, most);
        std::vector<std::string> problems(client_count);
        std::vector<std::thread> clients;
        for (int i = 0; i < client_count; ++i) {
            clients.emplace_back([&, i] {
                try {
                    for (int n = 0; n < rounds && problems[static_cast<std::size_t>(i)].empty(); ++n) {
                        SocketClient client(program.listener.port());
                        problems[static_cast<std::size_t>(i)] = greet(client);
                        client.send_text(R"({"action":"say","payload":"hello"})");
                        for (auto frame = client.read();
                             frame && !has(frame->payload, R"("is_current":true)");) {
                            frame = client.read();
                        }
                        client.send_close();
                        while (client.read()) {
                        }
                    }
                } catch (const std::exception& failure) {
                    problems[static_cast<std::size_t>(i)] = failure.what();
                }
            });
        }
        for (auto& client : clients) client.join();
        program.stop();
        for (const auto& problem : problems) CHECK(problem == "");
        CHECK(program.rooms->last_id == client_count * rounds);
        CHECK(program.rooms->entered == client_count * rounds);
        CHECK(program.rooms->left == client_count * rounds);
        CHECK(program.application.counts().sessions == 0);
    }
}

TEST_CASE("connections are handed over while the server stops, and each is served or closed",
          "[threaded][server][adopt]") {
    for (int round = 0; round < 5; ++round) {
        PlainProgram program(2);
        program.run();
        program.accept_on(2, 4096);
        std::atomic<int> greeted{0};
        std::vector<std::thread> clients;
        for (int i = 0; i < 4; ++i) {
            clients.emplace_back([&] {
                try {
                    for (int n = 0; n < 20; ++n) {
                        SocketClient client(program.listener.port());
                        if (greet(client).empty()) ++greeted;
                    }
                } catch (const std::exception&) {
                    // No longer listening.
                    ++greeted;
                }
            });
        }
        while (greeted < 3) std::this_thread::yield();
        program.stop();
        for (auto& client : clients) client.join();
        CHECK(program.rooms->left == program.rooms->entered);
        CHECK(program.rooms->unbalanced == 0);
        CHECK(program.application.counts().sessions == 0);
    }
}

TEST_CASE("a connection that is handed over before run() is served when the server runs",
          "[threaded][server][adopt]") {
    PlainProgram program(2);
    SocketClient client(program.listener.port());
    client.send_upgrade("/room/1/");
    program.server->adopt(program.listener.accept(), "");
    program.run();
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
}

TEST_CASE("a socket of IP version 6 is adopted too", "[threaded][server][adopt]") {
    PlainProgram program(1);
    program.run();
    PlainListener listener(PlainListener::Family::both);
    SocketClient client(listener.port());
    program.server->adopt(listener.accept(), "");
    CHECK(greet(client) == "");
}

TEST_CASE("a connection that is handed over to a server that has stopped, or never ran, is closed",
          "[threaded][server][adopt]") {
    PlainProgram program(1);
    SocketClient early(program.listener.port());
    early.send_upgrade("/room/1/");
    program.server->adopt(program.listener.accept(), "");
    program.server->stop();
    SocketClient late(program.listener.port());
    late.send_upgrade("/room/1/");
    program.server->adopt(program.listener.accept(), "");
    CHECK(late.read_head().empty());
    program.server.reset();
    CHECK(early.read_head().empty());
}

TEST_CASE("where there are as many connections as are allowed, another one is told so",
          "[threaded][server][adopt]") {
    PlainProgram program(1, {.max_connections = 2});
    program.run();
    SocketClient first(program.listener.port());
    program.server->adopt(program.listener.accept(), "GET / HT");
    SocketClient second(program.listener.port());
    program.server->adopt(program.listener.accept(), "");
    SocketClient third(program.listener.port());
    third.send_upgrade("/room/1/");
    program.server->adopt(program.listener.accept(), "");
    CHECK(third.read_head().starts_with("HTTP/1.1 503 "));
    // The others are still served.
    second.send_upgrade("/room/1/");
    CHECK(second.read_head().starts_with("HTTP/1.1 101 "));
}

TEST_CASE("a socket that has no peer is refused, and stays the caller's", "[threaded][server][adopt]") {
    PlainProgram program(1);
    const int fresh = ::socket(AF_INET, SOCK_STREAM, 0);
    const int listening = ::socket(AF_INET6, SOCK_STREAM, 0);
    REQUIRE(::listen(listening, 1) == 0);
    for (const int wrong : {fresh, listening}) {
        CHECK_THROWS_AS(program.server->adopt(wrong, ""), std::invalid_argument);
        CHECK(::close(wrong) == 0);
    }
}

TEST_CASE("a socket whose peer has gone meanwhile is taken and closed: that is nobody's mistake",
          "[threaded][server][adopt]") {
    PlainProgram program(1);
    program.run();
    SocketClient gone(program.listener.port());
    const int socket = program.listener.accept();
    gone.reset();
    char byte = 0;
    CHECK(::recv(socket, &byte, 1, 0) == -1);  // the reset has arrived
    CHECK_NOTHROW(program.server->adopt(socket, "GET /room/1/ HTTP/1.1\r\n"));
    SocketClient next(program.listener.port());
    program.server->adopt(program.listener.accept(), "");
    CHECK(greet(next) == "");
}

TEST_CASE("what is no TCP socket is refused, and stays the caller's", "[threaded][server][adopt]") {
    PlainProgram program(1);
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    const int datagrams = ::socket(AF_INET, SOCK_DGRAM, 0);
    const int file = ::open("/dev/null", O_RDWR);
    for (const int wrong : {pair[0], pair[1], datagrams, file}) {
        CHECK_THROWS_AS(program.server->adopt(wrong, ""), std::invalid_argument);
        CHECK(::close(wrong) == 0);
    }
    CHECK_THROWS_AS(program.server->adopt(-1, ""), std::invalid_argument);
}
