#include <chanx/server/server.hpp>

#include <chanx/app/application.hpp>
#include <chanx/asio.hpp>
#include <chanx/clock.hpp>
#include <chanx/error.hpp>
#include <chanx/logging.hpp>

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "server/server_shard.hpp"

namespace chanx {

namespace {

using boost::asio::ip::tcp;
using SignalSet = boost::asio::basic_signal_set<boost::asio::io_context::executor_type>;

std::string text_of(const tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

/// Makes sure that nobody else listens on the port, and finds a free one for 0. The acceptors share the port
/// among each other with SO_REUSEPORT; without this a second server of the same user would quietly get half of
/// the connections.
tcp::endpoint claim(const ServerOptions& options) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(options.address, error);
    if (error) throw ConfigurationError("'" + options.address + "' is not an IP address; try 127.0.0.1 or ::1");
    const tcp::endpoint wanted(address, options.port);
    try {
        boost::asio::io_context context;
        tcp::acceptor probe(context);
        probe.open(wanted.protocol());
        probe.set_option(tcp::acceptor::reuse_address(true));
        probe.bind(wanted);
        probe.listen();
        return probe.local_endpoint();
    } catch (const boost::system::system_error& failure) {
        std::string advice = failure.code().message();
        if (failure.code() == boost::asio::error::address_in_use) {
            advice = "the port is taken by another program; choose another one, or 0 for any free one";
        } else if (failure.code() == boost::asio::error::access_denied) {
            advice = "this user may not use that port; choose one above 1023";
        }
        throw ConfigurationError("can't listen on " + text_of(wanted) + ": " + advice);
    }
}

}  // namespace

struct Server::State {
    State(Application& app, ServerOptions o) : application(app), options(std::move(o)), endpoint(claim(options)) {}

    detail::ApplicationCore& core() { return application.core(); }
    awaitable<> drain();
    bool all_ended();

    Application& application;
    ServerOptions options;
    tcp::endpoint endpoint;
    std::vector<std::unique_ptr<detail::Loop>> loops;
    std::vector<std::unique_ptr<detail::ServerShard>> shards;
    std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work;
    std::atomic<bool> stopping{false};
    detail::TaskContext drain_task;
};

Server::Server(Application& application, ServerOptions options)
    : state_(std::make_unique<State>(application, std::move(options))) {
    if (state_->options.threads == 0) state_->options.threads = std::max(1U, std::thread::hardware_concurrency());
    AllowedOrigins origins;
    const Endpoint bound{state_->endpoint.address().to_string(), state_->endpoint.port()};
    if (!origins.add_bound(bound, UriScheme::http) && application.settings().allowed_origins.empty()) {
        log(LogLevel::warn, "no origin is known for a wildcard address: browsers are refused until allowed origins are set");
    }
    for (const auto& origin : application.settings().allowed_origins) origins.add(origin);
    state_->core().set_origins(std::move(origins));
    for (unsigned i = 0; i < state_->options.threads; ++i) {
        state_->loops.push_back(std::make_unique<detail::Loop>(detail::Loop::Options{.index = i}));
        auto& loop = *state_->loops.back();
        state_->core().attach(loop);
        state_->work.push_back(boost::asio::make_work_guard(loop.io()));
        state_->shards.push_back(std::make_unique<detail::ServerShard>(state_->core(), loop));
        state_->shards.back()->listen(state_->endpoint);
    }
}

Server::~Server() {
    state_->shards.clear();
    state_->core().detach_all();
}

std::uint16_t Server::port() const noexcept { return state_->endpoint.port(); }
std::string Server::url() const { return "http://" + text_of(state_->endpoint); }

void Server::run() {
    auto& first = *state_->loops.front();
    SignalSet signals(first.io());
    if (state_->options.handle_signals) {
        signals.add(SIGINT);
        signals.add(SIGTERM);
        signals.async_wait([this](const boost::system::error_code& error, int) {
            if (!error) stop();
        });
    }
    for (const auto& shard : state_->shards) {
        shard->loop().post([&shard = *shard] { shard.start_accepting(); });
    }
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < state_->loops.size(); ++i) {
        threads.emplace_back([&loop = *state_->loops[i]] { loop.run(); });
    }
    first.run();
    for (auto& thread : threads) thread.join();
}

void Server::stop() {
    if (state_->stopping.exchange(true)) return;
    auto& first = *state_->loops.front();
    first.post([this, &first] {
        first.start(
            state_->drain_task, state_->drain(), [](void*, std::exception_ptr) {}, this);
    });
}

/// Ends everything in order, and whatever has not ended at the deadline with a line in the log.
awaitable<> Server::State::drain() {
    log(LogLevel::info, "server stopping", {{"connections", core().session_count()}});
    core().start_draining();
    for (const auto& shard : shards) {
        shard->loop().post([&shard = *shard] { shard.start_draining(); });
    }
    const auto deadline = loops.front()->now() + core().settings().shutdown_timeout;
    while (!all_ended() && loops.front()->now() < deadline) co_await sleep_for(std::chrono::milliseconds(10));
    for (const auto& shard : shards) {
        shard->loop().post([this, &shard = *shard] {
            core().abandon_remaining(shard.loop());
            shard.loop().stop();
        });
    }
    log(LogLevel::info, "server stopped");
}

bool Server::State::all_ended() {
    return core().session_count() == 0 &&
           std::ranges::all_of(shards, [](const auto& shard) { return shard->http_count() == 0; });
}

}  // namespace chanx
