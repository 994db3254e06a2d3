// A noticeboard: who connects to ws://127.0.0.1:9002/board/garden/ sees what anybody puts there.
//     -> {"action":"post","text":"Tea at five"}
//     <- {"action":"posted","text":"Tea at five","number":1,"is_mine":true,"is_current":true}

#include <chanx/chanx.hpp>

#include <CLI/CLI.hpp>

#include <atomic>
#include <cstdio>

namespace {

struct Post {
    static constexpr std::string_view action = "post";
    std::string text;
    static constexpr auto constraints =
        chanx::constraints(chanx::trimmed(&Post::text), chanx::length(&Post::text, 1, 200));
};
BOOST_DESCRIBE_STRUCT(Post, (), (text))

struct Posted {
    static constexpr std::string_view action = "posted";
    std::string text;
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(Posted, (), (text, number))

/// What all connections share: the application's state.
struct Counter {
    std::atomic<std::int64_t> posts = 0;
};

class Board final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Post>,
                                          chanx::GroupMessages<Posted>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"board_" + scope().param<std::string>("name")};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message),
            [this](const Post& post) {
                send_group_message(Posted{.text = post.text, .number = ++scope().state<Counter>().posts});
            },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

}  // namespace

int main(int argc, char** argv) {
    chanx::ServerOptions options{.port = 9002};
    CLI::App cli("Noticeboards at the paths /board/NAME/.", "02_groups");
    cli.add_option("--port", options.port, "Port to listen on; 0 picks a free one")->capture_default_str();
    CLI11_PARSE(cli, argc, argv);
    try {
        chanx::Application application({chanx::path("board/<slug:name>/", chanx::consumer<Board>())});
        application.state(std::make_shared<Counter>());
        chanx::Server server(application, options);
        std::printf("Noticeboards listening on %s\n", server.url().c_str());
        std::fflush(stdout);
        server.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "02_groups: %s\n", error.what());
        return 1;
    }
    return 0;
}
