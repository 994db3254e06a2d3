#include "support/catch.hpp"
#include "threaded/support/socket_client.hpp"

#include <chanx/chanx.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

// A client that says what it has to say and goes, without reading what it is answered.

namespace {

using threaded::SocketClient;

constexpr int message_count = 1000;

struct Heard {
    std::atomic<int> messages{0};
    std::atomic<int> disconnects{0};
    std::promise<chanx::CloseReason> ended;
};

class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        ++heard().messages;
        send_text(text);
        co_return;
    }
    chanx::awaitable<> on_disconnect(chanx::CloseReason reason) override {
        if (heard().disconnects++ == 0) heard().ended.set_value(std::move(reason));
        co_return;
    }
    Heard& heard() const { return scope().state<Heard>(); }
};

}  // namespace

TEST_CASE("a client that closes its socket behind its Close has been heard to the end", "[threaded][server]") {
    // The first answers meet a socket that is closed, so that the next ones can't be sent.
    std::string all;
    for (int i = 0; i < message_count; ++i) all += std::string("\x81\x81\0\0\0\0x", 7);
    all += std::string("\x88\x82\0\0\0\0\x03\xe8", 8);
    for (int round = 0; round < 20; ++round) {
        const auto heard = std::make_shared<Heard>();
        chanx::Application application{{chanx::path("", chanx::consumer<Echo>())}};
        application.state(heard);
        chanx::Server server(application, {.port = 0, .threads = 1, .handle_signals = false});
        std::thread thread([&] { server.run(); });
        {
            SocketClient client(server.port());
            REQUIRE(client.upgrade("/"));
            REQUIRE(client.send_bytes(all));
        }
        auto ended = heard->ended.get_future();
        const bool in_time = ended.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
        server.stop();
        thread.join();
        REQUIRE(in_time);
        const chanx::CloseReason reason = ended.get();
        CHECK(heard->messages == message_count);
        CHECK(reason.cause == chanx::CloseReason::Cause::client);
        CHECK(reason.code == 1000);
        CHECK(heard->disconnects == 1);
    }
}
