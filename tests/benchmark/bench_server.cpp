// The server that is measured: ordinary consumers of the public API, nothing that an application could not
// have.

#include <chanx/chanx.hpp>
#ifdef BENCH_HAS_REDIS
#include <chanx/layer/redis_layer.hpp>
#endif

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
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

struct GroupChat {
    static constexpr std::string_view action = "chat";
    std::string payload;
    std::uint32_t group = 0;
};
BOOST_DESCRIBE_STRUCT(GroupChat, (), (payload, group))

/// `/groups/?index=I&connections=C&groups=G&members=M`: G groups of M members, spread evenly over C
/// connections, of which this is the one with that index. A chat message goes to the group that it names.
class Groups final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, GroupChat>,
                                          chanx::GroupMessages<Chat>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        const std::uint64_t members = number("members");
        const std::uint64_t places = members * number("groups");
        std::vector<std::string> names;
        for (std::uint64_t i = number("index"); i < places; i += number("connections"))
            names.push_back(name(i / members));
        co_return names;
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message),
            [this](const GroupChat& chat) {
                const std::array groups{name(chat.group)};
                send_to_groups(groups, Chat{chat.payload});
            },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }

    static std::string name(std::uint64_t group) { return "group_" + std::to_string(group); }
    std::uint64_t number(std::string_view name) const {
        return std::max<std::uint64_t>(std::stoull(scope().query(name).value_or("1")),
                                       name == "index" ? 0 : 1);
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
    CLI::App cli("The server of the benchmark: /ping/, /room/, /room/NAME/, /groups/ and /echo/.",
                 "bench_server");
    cli.add_option("--port", options.port, "Port to listen on; 0 picks a free one")->capture_default_str();
    cli.add_option("--threads", options.threads, "Threads; 0: one for each processor")->capture_default_str();
    bool compression = false;
    cli.add_flag("--compression", compression, "Messages are compressed for clients that offer it");
    std::string redis;
#ifdef BENCH_HAS_REDIS
    cli.add_option("--redis", redis, "Redis that joins several of these");
#endif
    CLI11_PARSE(cli, argc, argv);
    try {
        // Not even that a loop is late, as under valgrind: the log has a thread, and with a second one each system call
        // costs more instructions.
        chanx::set_log_level(chanx::LogLevel::error);
        chanx::Application application(
            {
                chanx::path("ping/", chanx::consumer<Ping>()),
                chanx::path("room/", chanx::consumer<Room>()),
                chanx::path("room/<slug:name>/", chanx::consumer<Room>()),
                chanx::path("groups/", chanx::consumer<Groups>()),
                chanx::path("echo/", chanx::consumer<Echo>()),
            },
            {.send_completion = false,
             .send_authentication_message = false,
             .max_message_size = std::size_t{4} << 20,
             .max_groups_per_connection = 100'000,
             .compression = {.enabled = compression}});
#ifdef BENCH_HAS_REDIS
        if (!redis.empty()) application.layer(chanx::make_redis_layer({.url = redis}));
#endif
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
