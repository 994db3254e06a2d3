// The server that is measured: ordinary consumers of the public API, nothing that an application could not
// have.

#include <chanx/chanx.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>

namespace {

/// `/ping/`: answers `{"action":"ping"}` with `{"action":"pong"}`.
class Ping final : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

struct Chat {
    static constexpr std::string_view action = "chat";
    std::string payload;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Chat::payload, 1, 1 << 20));
};
BOOST_DESCRIBE_STRUCT(Chat, (), (payload))

/// `/room/` and `/room/NAME/`: every connection is in one group, and each chat message goes to all of it.
class Room final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Chat>,
                                          chanx::GroupMessages<Chat>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        const bool named = scope().has_param("name");
        co_return std::vector<std::string>{named ? "room_" + scope().param<std::string>("name") : "room"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [this](const Chat& chat) { send_group_message(chat); },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

/// `/echo/`: sends every message back.
class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        send_text(text);
        co_return;
    }
    chanx::awaitable<> receive_binary(std::string data) override {
        send_binary(data);
        co_return;
    }
};

}  // namespace

int main(int argc, char** argv) {
    chanx::ServerOptions options{.port = 0, .threads = 1};
    CLI::App cli("The server of the benchmark: /ping/, /room/, /room/NAME/ and /echo/.", "bench_server");
    cli.add_option("--port", options.port, "Port to listen on; 0 picks a free one")->capture_default_str();
    cli.add_option("--threads", options.threads, "Threads; 0: one for each processor")->capture_default_str();
    CLI11_PARSE(cli, argc, argv);
    try {
        chanx::set_log_level(chanx::LogLevel::warn);
        chanx::Application application(
            {
                chanx::path("ping/", chanx::consumer<Ping>()),
                chanx::path("room/", chanx::consumer<Room>()),
                chanx::path("room/<slug:name>/", chanx::consumer<Room>()),
                chanx::path("echo/", chanx::consumer<Echo>()),
            },
            {.send_completion = false,
             .send_authentication_message = false,
             .max_message_size = std::size_t{4} << 20});
        chanx::Server server(application, options);
        std::printf("bench_server listening on %s\n", server.url().c_str());
        std::fflush(stdout);
        server.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_server: %s\n", error.what());
        return 1;
    }
    return 0;
}
