#include "support/catch.hpp"
#include "threaded/support/room.hpp"

#include <chanx/app/application.hpp>

#include <chrono>

namespace {

using threaded::enter;
using threaded::RoomServer;

constexpr int client_threads = 4;
constexpr int connections_each = 250;

void visit(std::uint16_t port, int n) {
    const auto client = enter(port, n % 7 + 1);
    switch (n % 6) {
        case 0:
            client->send_close();
            while (client->read()) {
            }
            break;
        case 1:
            client->reset();
            break;
        case 2:
            client->send_text(R"({"action":"say","payload":"and gone"})");
            break;
        case 3:
            client->send_text(R"({"action":"say","payload":"and half gone"})");
            client->shut_down_sending();
            while (client->read()) {
            }
            break;
        case 4:
            client->send(threaded::SocketClient::Opcode::pong, "");
            client->send_text("[]");
            client->read();
            break;
        default:
            break;
    }
}

}  // namespace

TEST_CASE("a thousand connections opened and closed leave nothing behind", "[threaded][server]") {
    RoomServer server(2);
    std::atomic<int> failures{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < client_threads; ++i) {
        clients.emplace_back([&, i] {
            for (int n = 0; n < connections_each; ++n) {
                try {
                    visit(server.port(), i + n);
                } catch (const std::exception&) {
                    ++failures;
                }
            }
        });
    }
    for (auto& client : clients) client.join();

    const auto is_empty = [&] {
        const auto counts = server.application().counts();
        return counts.sessions + counts.groups + counts.memberships == 0;
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    CHECK(failures == 0);
    CHECK(is_empty());
    // It still serves.
    CHECK_NOTHROW(enter(server.port(), 1));
    server.stop();
    CHECK(server.rooms().entered == client_threads * connections_each + 1);
    CHECK(server.rooms().left == server.rooms().entered);
    CHECK(server.rooms().unbalanced == 0);
    CHECK(is_empty());
}
