// Applications with the Redis layer, over real sockets; what the documentation shows.

#include "redis/support/redis_server.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "threaded/support/socket_client.hpp"

#include <chanx/chanx.hpp>
#include <chanx/layer/redis_layer.hpp>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace {

using redis_tests::eventually;
using redis_tests::RedisServer;
using threaded::SocketClient;

struct User {
    std::string id;
};
struct Notice {
    static constexpr std::string_view action = "notice";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Notice, (), (payload))

struct State {
    std::atomic<bool> allowed{true};
    std::atomic<int> gaps{0};
};

struct Fixed {
    chanx::awaitable<chanx::Authenticated<User>> authenticate(const chanx::Scope& scope) const {
        chanx::Authenticated<User> found;
        if (scope.state<State>().allowed) found.user = User{"5"};
        co_return found;
    }
};

class NewsConsumer final
    : public chanx::JsonWebsocketConsumer<
          void, chanx::Authentication<Fixed>, chanx::Permissions<chanx::is_authenticated>,
          chanx::IncomingMessages<chanx::PingMessage>, chanx::GroupMessages<Notice>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"news"};
    }
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
    // [docs:on_gap]
    chanx::awaitable<> on_gap(chanx::Gap) override {
        ++scope().state<State>().gaps;  // or: read what is missing from the database, tell the client to
        co_return;
    }
    // [/docs:on_gap]
};

struct Process {
    explicit Process(const std::string& url) {
        // [docs:layer]
        app.layer(chanx::make_redis_layer({.url = url}));
        // [/docs:layer]
        app.state(state);
        server = std::make_unique<chanx::Server>(
            app, chanx::ServerOptions{.port = 0, .threads = 2, .handle_signals = false});
        thread = std::thread([this] { server->run(); });
    }
    ~Process() {
        server->stop();
        thread.join();
    }
    /// A client that has been let in.
    std::unique_ptr<SocketClient> client() {
        auto client = std::make_unique<SocketClient>(server->port());
        if (!client->upgrade("/news/")) throw std::runtime_error("no upgrade");
        const auto frame = client->read();
        if (!frame || frame->payload.find("200") == std::string::npos) throw std::runtime_error("not let in");
        if (!eventually([&] { return app.counts().memberships > 0; })) throw std::runtime_error("not joined");
        return client;
    }
    bool becomes_healthy() {
        return eventually([this] { return !app.health().degraded; });
    }

    std::shared_ptr<State> state = std::make_shared<State>();
    chanx::Application app{{chanx::path("news/", chanx::consumer<NewsConsumer>())}};
    std::unique_ptr<chanx::Server> server;
    std::thread thread;
};

int run(const std::string& command) {
    return std::system(command.c_str());
}

std::string example(const std::string& name) {
    const char* const folder = std::getenv("CHANX_SOURCE_DIR");
    return std::string(folder != nullptr ? folder : ".") + "/examples/redis/" + name;
}

std::string notice(const std::string& text) {
    return R"({"action":"notice","payload":")" + text + R"(","is_mine":false,"is_current":false})";
}

}  // namespace

TEST_CASE("Clients of two processes get each other's messages, and a gap is told to their consumers",
          "[redis][peers]") {
    LogCapture log;
    RedisServer redis;
    Process a(redis.url());
    Process b(redis.url());
    REQUIRE(a.becomes_healthy());
    REQUIRE(b.becomes_healthy());
    const auto here = a.client();
    const auto there = b.client();
    a.app.send_group_message<NewsConsumer>("news", Notice{"hello"});
    CHECK(here->read()->payload == notice("hello"));
    CHECK(there->read()->payload == notice("hello"));
    redis.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    CHECK(eventually([&] { return a.state->gaps > 0 && b.state->gaps > 0; }));
    b.app.send_group_message<NewsConsumer>("news", Notice{"again"});
    CHECK(here->read()->payload == notice("again"));
    CHECK(there->read()->payload == notice("again"));
}

TEST_CASE("What one process revokes ends the connections of all", "[redis][peers]") {
    LogCapture log;
    RedisServer redis;
    Process a(redis.url());
    Process b(redis.url());
    REQUIRE(a.becomes_healthy());
    REQUIRE(b.becomes_healthy());
    const auto there = b.client();
    b.state->allowed = false;
    const bool by_group = GENERATE(true, false);
    a.app.recheck(by_group ? chanx::RecheckTarget{.group = "news"} : chanx::RecheckTarget{.user = "5"});
    const auto frame = there->read();
    REQUIRE(frame);
    CHECK(frame->opcode == SocketClient::Opcode::close);
    CHECK(frame->close_code() == 4401);
}

TEST_CASE("The documentation's examples in Python and for the shell reach clients", "[redis][peers]") {
    LogCapture log;
    RedisServer redis;
    Process process(redis.url());
    REQUIRE(process.becomes_healthy());
    const auto client = process.client();
    const char* const python = std::getenv("CHANX_PYTHON");
    const std::string command = std::string(python != nullptr ? python : "python3") + " " +
                                example("publish.py") + " " + std::to_string(redis.port());
    REQUIRE(run(command + " > " + redis.folder() + "/said && grep -qx 'processes that got it: 1' " +
                redis.folder() + "/said") == 0);
    // As it was written there, with its blanks.
    CHECK(client->read()->payload ==
          R"({"action": "notice", "payload": "From Python","is_mine":false,"is_current":false})");
    process.state->allowed = false;
    REQUIRE(run("REDIS_URL=" + redis.url() + " " + example("publish.sh") + " > " + redis.folder() +
                "/said") == 0);
    CHECK(client->read()->payload == notice("From a shell"));
    CHECK(client->read()->close_code() == 4401);
}
