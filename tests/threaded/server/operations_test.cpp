#include <chanx/server/operations.hpp>

#include "support/catch.hpp"
#include "threaded/support/socket_client.hpp"

#include <chanx/chanx.hpp>
#include <chanx/error.hpp>

#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace {

using threaded::SocketClient;
using namespace std::chrono_literals;

/// What a test does to the loop of an application.
struct Brake {
    std::latch holding{1};
    std::latch release{1};
};

chanx::awaitable<chanx::Response> hold(chanx::Request request) {
    auto& brake = request.state<Brake>();
    brake.holding.count_down();
    brake.release.wait();
    co_return chanx::Response::text("released");
}
chanx::awaitable<chanx::Response> hello(chanx::Request) {
    co_return chanx::Response::text("hello");
}

class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        send_text(text);
        co_return;
    }
};

/// An application that is served by one loop on a thread of its own.
class Served {
  public:
    explicit Served(chanx::Settings settings = {})
        : application({chanx::path("hold", chanx::get(hold)), chanx::path("hello", chanx::get(hello)),
                       chanx::path("echo/", chanx::consumer<Echo>())},
                      std::move(settings)),
          brake(std::make_shared<Brake>()) {
        application.state(brake);
        server.emplace(application, chanx::ServerOptions{.port = 0, .threads = 1, .handle_signals = false});
        thread = std::thread([this] { server->run(); });
    }
    ~Served() { stop(); }
    void stop() {
        if (!thread.joinable()) return;
        server->stop();
        thread.join();
    }

    chanx::Application application;
    std::shared_ptr<Brake> brake;
    std::optional<chanx::Server> server;
    std::thread thread;
};

/// A whole response, from a connection of its own.
std::string get(std::uint16_t port, std::string_view path) {
    SocketClient client(port);
    client.send_bytes("GET " + std::string(path) +
                      " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    std::string all = client.read_head();
    const auto body = client.read_rest();
    return all + body;
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("an application is healthy while its loops answer", "[operations]") {
    Served served;
    chanx::OperationsServer operations(served.application, {.port = 0});
    const std::string response = get(operations.port(), "/healthz");
    CHECK(response.starts_with("HTTP/1.1 200"));
    CHECK(has(response, R"({"status":"ok"})"));
    CHECK(get(operations.port(), "/metrics").starts_with("HTTP/1.1 404"));
}

TEST_CASE("a loop that is stuck is named, and answers keep coming while it is", "[operations]") {
    Served served;
    chanx::OperationsServer operations(
        served.application,
        {.port = 0, .patience = 100ms, .metrics = [](const chanx::Application& application) {
             return "silent " + std::to_string(application.statistics().loops.at(0).silent_seconds > 0);
         }});
    SocketClient client(served.server->port());
    client.send_bytes("GET /hold HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    served.brake->holding.wait();

    std::string response = get(operations.port(), "/healthz");
    CHECK(response.starts_with("HTTP/1.1 503"));
    CHECK(has(response, R"({"status":"stuck","detail":"Loops do not answer","loops":[0]})"));
    CHECK(has(get(operations.port(), "/metrics"), "silent 1"));
    response = get(operations.port(), "/healthz");
    CHECK(response.starts_with("HTTP/1.1 503"));

    served.brake->release.count_down();
    CHECK(client.read_head().starts_with("HTTP/1.1 200"));
    CHECK(get(operations.port(), "/healthz").starts_with("HTTP/1.1 200"));
    CHECK(has(get(operations.port(), "/metrics"), "silent 0"));
}

TEST_CASE("an application that stops, or that nobody serves, is not ready", "[operations]") {
    chanx::Application application({chanx::path("hello", chanx::get(hello))});
    chanx::OperationsServer unserved(application, {.port = 0});
    CHECK(has(get(unserved.port(), "/healthz"), R"("status":"idle")"));

    Served served({.shutdown_timeout = 20s});
    chanx::OperationsServer operations(served.application, {.port = 0, .patience = 20s});
    SocketClient client(served.server->port());
    client.send_bytes("GET /hold HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    served.brake->holding.wait();
    served.server->stop();
    served.brake->release.count_down();
    // It has to get to the drain first.
    std::string response;
    while (!has(response = get(operations.port(), "/healthz"), "draining")) {
    }
    CHECK(response.starts_with("HTTP/1.1 503"));
    served.stop();
}

TEST_CASE("a port that is taken is an error at once", "[operations]") {
    Served served;
    chanx::OperationsServer operations(served.application, {.port = 0});
    CHECK_THROWS_AS(chanx::OperationsServer(served.application, {.port = operations.port()}),
                    chanx::ConfigurationError);
}

TEST_CASE("after known traffic the numbers are exact", "[operations]") {
    Served served;
    {
        SocketClient client(served.server->port());
        REQUIRE(client.upgrade("/echo/"));
        for (int i = 0; i < 20; ++i) {
            client.send_text("0123456789");
            REQUIRE(client.read()->payload == "0123456789");
        }
        client.send(SocketClient::Opcode::ping, "x");
        REQUIRE(client.read()->opcode == SocketClient::Opcode::pong);
        client.send_close(1001);
        CHECK(client.read()->close_code() == 1001);
        CHECK_FALSE(client.read());
    }
    get(served.server->port(), "/hello");
    get(served.server->port(), "/nothing");
    CHECK(SocketClient(served.server->port()).upgrade("/nothing/") == false);
    served.stop();

    const chanx::Statistics now = served.application.statistics();
    CHECK(now.connections_accepted == 4);
    CHECK(now.http_connections == 0);
    CHECK(now.upgrades == 1);
    CHECK(now.http_responses == std::array<std::uint64_t, 5>{0, 1, 0, 2, 0});
    CHECK(now.refused[chanx::Refusal::not_found] == 1);
    CHECK(now.refused.total() == 1);
    CHECK(now.sessions == 0);
    CHECK(now.session_objects == 0);
    CHECK(now.sessions_opened == 1);
    CHECK(now.messages_received == 20);
    CHECK(now.messages_sent == 20);
    CHECK(now.frames_sent == 22);
    // A masked frame's head has 6 bytes, one of the server's 2.
    CHECK(now.bytes_received == 20 * 16 + 7 + 8);
    CHECK(now.bytes_sent == 20 * 12 + 3 + 4);
    CHECK(now.handler_duration.count() == 2);
    REQUIRE(now.closes.size() == 1);
    CHECK(now.closes[0].cause == "client");
    CHECK(now.closes[0].code == 1001);
    CHECK(now.closes[0].count == 1);
    CHECK(now.outbox_bytes == 0);
    CHECK(now.stalled_connections == 0);
}

TEST_CASE("a client that does not read is a stalled connection with bytes that wait for it", "[operations]") {
    Served served;
    SocketClient client(served.server->port());
    REQUIRE(client.upgrade("/echo/"));
    const std::string piece(60 << 10, 'x');
    chanx::Statistics now;
    // Until the kernel takes no more; a moment before either may be there without the other.
    while (now.stalled_connections == 0 || now.outbox_bytes == 0) {
        REQUIRE(client.send_text(piece));
        served.application.refresh_statistics();
        now = served.application.statistics();
    }
    CHECK(now.stalled_connections == 1);
    client.reset();
    while (now.sessions > 0) now = served.application.statistics();
    served.application.refresh_statistics();
    served.stop();
    now = served.application.statistics();
    CHECK(now.stalled_connections == 0);
    CHECK(now.outbox_bytes == 0);
}
