#include <chanx/server/operations.hpp>

#include <chanx/app/application.hpp>
#include <chanx/clock.hpp>
#include <chanx/http/json_body.hpp>
#include <chanx/logging.hpp>
#include <chanx/routing/http.hpp>
#include <chanx/server/server.hpp>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "app/application_core.hpp"

namespace chanx {

namespace {

/// What waits for an answer looks for it so often.
constexpr std::chrono::milliseconds pause{10};
/// How long /metrics waits for numbers that loops count when they are asked; otherwise it has the ones
/// before.
constexpr std::chrono::milliseconds metrics_patience{250};

struct Health {
    std::string status;
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(Health, (), (status, detail))

struct Stuck {
    std::string status = "stuck";
    std::string detail = "Loops do not answer";
    /// Their indices.
    std::vector<unsigned> loops;
};
BOOST_DESCRIBE_STRUCT(Stuck, (), (status, detail, loops))

/// The application that is told of, and how.
struct Operations {
    Application& application;
    std::chrono::milliseconds patience;
    std::function<std::string(const Application&)> metrics;
};

/// Asks the loops for a sign of life, and waits for it.
/// @return the loops that have owed one for the whole of the patience
awaitable<std::vector<unsigned>> ask_loops(detail::ApplicationCore& core, std::chrono::milliseconds patience,
                                           std::chrono::milliseconds most) {
    core.ask_loops();
    const auto deadline = std::chrono::steady_clock::now() + most;
    while (!core.silent_loops({}).empty() && core.silent_loops(patience).empty() &&
           std::chrono::steady_clock::now() < deadline) {
        co_await sleep_for(pause);
    }
    co_return core.silent_loops(patience);
}

Response uncached(Response response) {
    response.set_header("Cache-Control", "no-store");
    return response;
}

awaitable<Response> show_health(Request request) {
    auto& operations = request.state<Operations>();
    auto& core = operations.application.core();
    if (core.draining()) co_return uncached(Response::of(Health{"draining", "The server is about to stop"}, 503));
    if (!core.has_loops()) co_return uncached(Response::of(Health{"idle", "Nobody serves the application"}, 503));
    // A little more, so that at the end of it the patience is over.
    auto silent = co_await ask_loops(core, operations.patience, operations.patience + 2 * pause);
    if (!silent.empty()) {
        log(LogLevel::error, "loop does not answer", {{"loop", silent.front()}, {"loops", silent.size()}});
        co_return uncached(Response::of(Stuck{.loops = std::move(silent)}, 503));
    }
    const auto layer = operations.application.health();
    if (layer.degraded) co_return uncached(Response::of(Health{"degraded", layer.detail}));
    co_return uncached(Response::json(R"({"status":"ok"})"));
}

awaitable<Response> show_metrics(Request request) {
    auto& operations = request.state<Operations>();
    static_cast<void>(
        co_await ask_loops(operations.application.core(), operations.patience, metrics_patience));
    Response response = Response::text(operations.metrics(operations.application));
    response.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    co_return response;
}

Router routes(const OperationsOptions& options) {
    Router router{path("healthz", get(show_health))};
    if (options.metrics) router.add(path("metrics", get(show_metrics)));
    return router;
}

Settings settings() {
    Settings settings;
    settings.max_connections = 64;
    settings.max_request_body = 1024;
    // Longer than the usual pause between two visits, so that they keep their connection.
    settings.request_timeout = std::chrono::seconds(75);
    settings.shutdown_timeout = std::chrono::seconds(1);
    settings.loop_lag_warning = {};
    // No page has any business here; said, for a server that knows of none warns.
    settings.allowed_origins = {"http://operations.invalid"};
    return settings;
}

}  // namespace

struct OperationsServer::State {
    State(Application& served, OperationsOptions options)
        : application(routes(options), settings()),
          server((prepare(served, options), application),
                 {.address = options.address, .port = options.port, .threads = 1, .handle_signals = false}),
          thread([this] { server.run(); }) {}
    ~State() {
        server.stop();
        thread.join();
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void prepare(Application& served, OperationsOptions& options) {
        application.state(
            std::make_shared<Operations>(Operations{served, options.patience, std::move(options.metrics)}));
        application.core().set_quiet();
    }

    Application application;
    Server server;
    std::thread thread;
};

OperationsServer::OperationsServer(Application& application, OperationsOptions options)
    : state_(std::make_unique<State>(application, std::move(options))) {}
OperationsServer::~OperationsServer() = default;

std::uint16_t OperationsServer::port() const noexcept {
    return state_->server.port();
}
std::string OperationsServer::url() const {
    return state_->server.url();
}

}  // namespace chanx
