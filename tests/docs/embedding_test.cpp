// What the reference says about embedding, compiled and run.

#include "support/catch.hpp"

#include <chanx/chanx.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace {

class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        send_text(text);
        co_return;
    }
};

// [docs:adopt]
/// Reads what comes first on a connection, and answers it or hands it over.
void serve(int socket, chanx::Server& websockets) {
    char bytes[4096];
    const ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
    const std::string_view request(bytes, count > 0 ? static_cast<std::size_t>(count) : 0);
    if (request.starts_with("GET /ws/")) {
        websockets.adopt(socket, request);  // the socket is the server's now
        return;
    }
    static constexpr std::string_view answer = "HTTP/1.1 204 No Content\r\n\r\n";
    ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::close(socket);
}
// [/docs:adopt]

int listen_on_loopback(sockaddr_in& address) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(descriptor, 1) == 0);
    REQUIRE(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return descriptor;
}

}  // namespace

TEST_CASE("the plain server of the reference hands an upgrade over with the frame behind it", "[docs]") {
    chanx::Application application({chanx::path("ws/", chanx::consumer<Echo>())});
    sockaddr_in address{};
    const int listener = listen_on_loopback(address);
    chanx::Server server(application, {.port = ntohs(address.sin_port),
                                       .threads = 1,
                                       .handle_signals = false,
                                       .connections = chanx::ConnectionSource::adopted});
    std::thread thread([&] { server.run(); });
    const auto exchange = [&](std::string_view sent, std::string_view awaited) {
        const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval limit{.tv_sec = 60, .tv_usec = 0};
        ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        REQUIRE(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::send(client, sent.data(), sent.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(sent.size()));
        serve(::accept(listener, nullptr, nullptr), server);
        std::string received;
        char bytes[1024];
        while (received.find(awaited) == std::string::npos) {
            const ssize_t count = ::recv(client, bytes, sizeof bytes, 0);
            if (count <= 0) break;
            received.append(bytes, static_cast<std::size_t>(count));
        }
        ::close(client);
        return received;
    };
    CHECK(exchange("GET / HTTP/1.1\r\n\r\n", "\r\n\r\n").starts_with("HTTP/1.1 204 "));
    // A text frame "hi" with a mask of zeros, and what comes back for it.
    const std::string frame("\x81\x82\0\0\0\0hi", 8);
    const std::string upgrade =
        "GET /ws/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    const std::string received = exchange(upgrade + frame, "\x81\x02hi");
    CHECK(received.starts_with("HTTP/1.1 101 "));
    CHECK(received.ends_with("\x81\x02hi"));
    server.stop();
    thread.join();
    ::close(listener);
}
