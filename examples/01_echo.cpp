// Sends every message back: `01_echo --port 9001`, then any WebSocket client on ws://127.0.0.1:9001/.

#include <chanx/chanx.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>

namespace {

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

constexpr std::size_t mebibyte = std::size_t{1} << 20;

}  // namespace

int main(int argc, char** argv) {
    chanx::ServerOptions options{.port = 9001};
    CLI::App cli("Echoes text and binary messages at the path /.", "01_echo");
    cli.add_option("--port", options.port, "Port to listen on; 0 picks a free one")->capture_default_str();
    cli.add_option("--address", options.address, "Address to listen on")->capture_default_str();
    cli.add_option("--threads", options.threads, "Threads; 0: one for each processor")->capture_default_str();
    CLI11_PARSE(cli, argc, argv);
    try {
        chanx::Application application(
            {chanx::path("", chanx::consumer<Echo>())},
            {.max_message_size = 64 * mebibyte,
             .max_outbox_bytes = 256 * mebibyte,
             .compression = {.enabled = true}});
        chanx::Server server(application, options);
        std::printf("Echo listening on %s\n", server.url().c_str());
        std::fflush(stdout);
        server.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "01_echo: %s\n", error.what());
        return 1;
    }
    return 0;
}
