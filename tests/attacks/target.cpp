// What the attacks are aimed at: a server with something for each phase of a connection, whose bounds and
// times are given on the command line: `attack_target --port 0 --set max_connections=10 --set
// request_timeout=500`.

#include <chanx/auth/first_message.hpp>
#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/logging.hpp>

#include <CLI/CLI.hpp>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Counters {
    std::atomic<std::int64_t> entered{0};
    std::atomic<std::int64_t> left{0};
};

struct User {
    std::string id;
};

/// The user is whom the header X-User names; nobody without it.
struct HeaderAuthentication {
    chanx::awaitable<std::optional<User>> authenticate(const chanx::Scope& scope) const {
        if (const auto name = scope.header("X-User")) co_return User{std::string(*name)};
        co_return std::nullopt;
    }
};

/// In one group with all others, so that leaks of memberships show.
class Member : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<HeaderAuthentication>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        // Right after 200, whatever becomes of the client.
        ++scope().state<Counters>().entered;
        co_return std::vector<std::string>{"everybody"};
    }
    chanx::awaitable<> on_disconnect(chanx::CloseReason) override {
        if (scope().path() == "/stubborn/") co_await chanx::sleep_for(std::chrono::minutes(1));
        ++scope().state<Counters>().left;
    }
};

struct Tokens {
    chanx::awaitable<std::optional<User>> verify(const chanx::Scope&, std::string token) const {
        if (token.empty()) co_return std::nullopt;
        co_return User{std::move(token)};
    }
};
class Silent final
    : public chanx::JsonWebsocketConsumer<void,
                                          chanx::Authentication<chanx::FirstMessageAuthentication<Tokens>>> {
};

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

/// What is told so for a client that reads too slowly, only the newest stays.
struct Now {
    static constexpr std::string_view action = "now";
    static constexpr auto delivery = chanx::DeliveryClass::latest;
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Now, (), (payload))

/// Says Now.
struct Tell {
    static constexpr std::string_view action = "tell";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Tell, (), (payload))

/// A chat without users: what is said goes to all who named the same room.
class Room final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Say, Tell, chanx::PingMessage>,
                                          chanx::GroupMessages<Said, Now>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        ++scope().state<Counters>().entered;
        co_return std::vector<std::string>{"room_" + scope().query("name").value_or("any")};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [this](const Say& say) { send_group_message(Said{say.payload}); },
            [this](const Tell& tell) { send_group_message(Now{tell.payload}); },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
    chanx::awaitable<> on_disconnect(chanx::CloseReason) override {
        ++scope().state<Counters>().left;
        co_return;
    }
};

class SlowToAccept final : public chanx::WebsocketConsumer {
    chanx::awaitable<chanx::ConnectResponse> connect(const chanx::Scope&) override {
        co_await chanx::sleep_for(std::chrono::minutes(1));
        co_return chanx::ConnectResponse{};
    }
};

class Broken final : public chanx::WebsocketConsumer {
  public:
    Broken() { throw std::runtime_error("the constructor's own fault"); }
};

class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        send_text(text);
        co_return;
    }
};

chanx::awaitable<chanx::Response> big(chanx::Request) {
    co_return chanx::Response::text(std::string(std::size_t{32} << 20, 'x'));
}

chanx::awaitable<chanx::Response> size_of_body(chanx::Request request) {
    co_return chanx::Response::text(std::to_string(request.body().size()));
}

chanx::awaitable<chanx::Response> slow(chanx::Request) {
    chanx::log(chanx::LogLevel::info, "slow request begun");
    co_await chanx::sleep_for(std::chrono::seconds(1));
    co_return chanx::Response::text("slow");
}

void set(chanx::Settings& settings, const std::string& assignment) {
    using chanx::Settings;
    static const std::map<std::string, std::size_t Settings::*, std::less<>> bounds{
        {"max_connections", &Settings::max_connections},
        {"max_connections_per_address", &Settings::max_connections_per_address},
        {"max_connections_per_user", &Settings::max_connections_per_user},
        {"max_pending_connections", &Settings::max_pending_connections},
        {"max_pending_per_address", &Settings::max_pending_per_address},
        {"max_message_size", &Settings::max_message_size},
        {"max_outbox_bytes", &Settings::max_outbox_bytes},
        {"max_message_fragments", &Settings::max_message_fragments},
        {"max_rate_limited", &Settings::max_rate_limited},
        {"max_request_body", &Settings::max_request_body},
    };
    static const std::map<std::string, std::chrono::milliseconds Settings::*, std::less<>> times{
        {"request_timeout", &Settings::request_timeout},
        {"body_timeout", &Settings::body_timeout},
        {"response_timeout", &Settings::response_timeout},
        {"authentication_timeout", &Settings::authentication_timeout},
        {"hook_timeout", &Settings::hook_timeout},
        {"close_timeout", &Settings::close_timeout},
        {"drain_time", &Settings::drain_time},
        {"ping_interval", &Settings::ping_interval},
        {"idle_timeout", &Settings::idle_timeout},
        {"shutdown_timeout", &Settings::shutdown_timeout},
    };
    static const std::map<std::string, std::vector<std::string> Settings::*, std::less<>> lists{
        {"allowed_hosts", &Settings::allowed_hosts},
        {"trusted_proxies", &Settings::trusted_proxies},
    };
    const std::size_t mark = assignment.find('=');
    const std::string name = assignment.substr(0, mark);
    const std::string value = mark == std::string::npos ? "" : assignment.substr(mark + 1);
    if (const auto list = lists.find(name); list != lists.end()) {
        (settings.*list->second).push_back(value);
        return;
    }
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size())
        throw std::invalid_argument(assignment + ": no number");
    if (name == "compression") {
        settings.compression.enabled = number != 0;
    } else if (name == "message_rate") {  // a second, and four times as many at once
        settings.message_rate = {.per_second = static_cast<double>(number), .burst = number * 4};
    } else if (const auto bound = bounds.find(name); bound != bounds.end()) {
        settings.*bound->second = number;
    } else if (const auto time = times.find(name); time != times.end()) {
        settings.*time->second = std::chrono::milliseconds(number);
    } else {
        throw std::invalid_argument("there is no setting " + name + " here");
    }
}

}  // namespace

int main(int argc, char** argv) {
    chanx::ServerOptions options{.port = 0, .threads = 2};
    std::vector<std::string> assignments;
    CLI::App cli("A server to attack.", "attack_target");
    cli.add_option("--port", options.port, "Port to listen on; 0 picks a free one");
    cli.add_option("--threads", options.threads, "Threads");
    cli.add_option("--set", assignments, "name=value of a setting; times in milliseconds")
        ->expected(1)
        ->take_all();
    CLI11_PARSE(cli, argc, argv);
    try {
        chanx::Settings settings;
        for (const auto& assignment : assignments) set(settings, assignment);
        chanx::Application* running = nullptr;
        const auto stats = [&running](chanx::Request request) -> chanx::awaitable<chanx::Response> {
            const auto counts = running->counts();
            const auto& own = request.scope().state<Counters>();
            co_return chanx::Response::text("sessions " + std::to_string(counts.sessions) + " memberships " +
                                            std::to_string(counts.memberships) + " entered " +
                                            std::to_string(own.entered) + " left " +
                                            std::to_string(own.left));
        };
        chanx::Application application(
            {chanx::path("member/", chanx::consumer<Member>()),
             chanx::path("stubborn/", chanx::consumer<Member>()),
             chanx::path("silent/", chanx::consumer<Silent>()), chanx::path("room/", chanx::consumer<Room>()),
             chanx::path("slow/", chanx::consumer<SlowToAccept>()),
             chanx::path("broken/", chanx::consumer<Broken>()),
             chanx::path("echo/", chanx::consumer<Echo>()), chanx::path("big", chanx::get(&big)),
             chanx::path("body", chanx::post(&size_of_body)), chanx::path("slow", chanx::get(&slow)),
             chanx::path("stats", chanx::get(stats))},
            settings);
        running = &application;
        const auto counters = std::make_shared<Counters>();
        application.state(counters);
        chanx::Server server(application, options);
        std::printf("Target listening on %s\n", server.url().c_str());
        std::fflush(stdout);
        server.run();
        const auto left = application.counts();
        std::printf("ended sessions %zu memberships %zu entered %lld left %lld\n", left.sessions,
                    left.memberships, static_cast<long long>(counters->entered),
                    static_cast<long long>(counters->left));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "attack_target: %s\n", error.what());
        return 1;
    }
    return 0;
}
