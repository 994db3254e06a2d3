#include <chanx/auth/first_message.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "threaded/support/socket_client.hpp"

#include <chanx/chanx.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

// Authentication by the first message over sockets, which are not read before it is asked for.

namespace {

using threaded::SocketClient;
using Opcode = SocketClient::Opcode;

struct User {
    std::string id;
};
struct Meanwhile {
    std::atomic<bool> sent = false;
};
struct Tokens {
    chanx::awaitable<std::optional<User>> verify(const chanx::Scope& scope, std::string token) const {
        // Until the client has sent all that it sends: it waits in the kernel then.
        while (scope.path() == "/slow/" && !scope.state<Meanwhile>().sent)
            co_await chanx::sleep_for(std::chrono::milliseconds(1));
        if (token != "ada-token") co_return std::nullopt;
        co_return User{"ada"};
    }
};
class Desk final
    : public chanx::JsonWebsocketConsumer<void,
                                          chanx::Authentication<chanx::FirstMessageAuthentication<Tokens>>> {
};

struct DeskServer : WithLog {
    explicit DeskServer(std::chrono::milliseconds authentication_timeout = std::chrono::seconds(30))
        : application(
              {chanx::path("desk/", chanx::consumer<Desk>()), chanx::path("slow/", chanx::consumer<Desk>())},
              {.authentication_timeout = authentication_timeout}),
          server(application, {.port = 0, .threads = 1, .handle_signals = false}) {
        application.state(meanwhile);
        thread = std::thread([this] { server.run(); });
    }
    ~DeskServer() {
        server.stop();
        thread.join();
    }
    std::unique_ptr<SocketClient> connect(std::string_view path = "/desk/") {
        auto client = std::make_unique<SocketClient>(server.port());
        REQUIRE(client->upgrade(path));
        return client;
    }

    std::shared_ptr<Meanwhile> meanwhile = std::make_shared<Meanwhile>();
    chanx::Application application;
    chanx::Server server;
    std::thread thread;
};
struct ImpatientServer : DeskServer {
    ImpatientServer() : DeskServer(std::chrono::milliseconds(500)) {}
};

constexpr std::string_view authenticate = R"({"action":"authenticate","payload":{"token":"ada-token"}})";

/// Takes the frame that tells the status.
bool has_status(SocketClient& client, int status) {
    const auto frame = client.read();
    return frame && frame->payload.find("\"status_code\":" + std::to_string(status)) != std::string::npos;
}
bool ends_with(SocketClient& client, std::uint16_t code) {
    const auto frame = client.read();
    return frame && frame->opcode == Opcode::close && frame->close_code() == code;
}

}  // namespace

TEST_CASE_METHOD(DeskServer,
                 "over a socket the first message lets in, and what follows it is handled in order",
                 "[threaded][server][first_message]") {
    auto client = connect(GENERATE("/desk/", "/slow/"));
    REQUIRE(client->send(Opcode::ping, "before"));
    const auto pong = client->read();
    REQUIRE(pong);
    CHECK(pong->opcode == Opcode::pong);
    REQUIRE(client->send_text(authenticate));
    for (int i = 0; i < 3; ++i)
        REQUIRE(client->send_text(R"({"action":"ping","ref":)" + std::to_string(i) + "}"));
    meanwhile->sent = true;
    CHECK(has_status(*client, 200));
    for (int i = 0; i < 3; ++i) {
        const auto answer = client->read();
        REQUIRE(answer);
        CHECK(answer->payload == R"({"action":"pong","payload":null,"ref":)" + std::to_string(i) + "}");
    }
}

TEST_CASE_METHOD(ImpatientServer,
                 "over a socket another first message, none in time, and one too large are refused",
                 "[threaded][server][first_message]") {
    auto client = connect();
    SECTION("another") {
        REQUIRE(client->send_text(R"({"action":"ping"})"));
        REQUIRE(client->send_text(authenticate));
        CHECK(has_status(*client, 401));
        CHECK(ends_with(*client, 4401));
    }
    SECTION("none in time") {
        CHECK(has_status(*client, 401));
        CHECK(ends_with(*client, 4401));
    }
    SECTION("too large") {
        REQUIRE(client->send_text(std::string(20'000, 'x')));
        CHECK(ends_with(*client, 1009));
    }
}
