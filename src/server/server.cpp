#include <chanx/server/server.hpp>

#include <chanx/app/application.hpp>
#include <chanx/asio.hpp>
#include <chanx/clock.hpp>
#include <chanx/error.hpp>
#include <chanx/logging.hpp>

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include "server/descriptor_limit.hpp"
#include "server/server_shard.hpp"

namespace chanx {

namespace {

using boost::asio::ip::tcp;
using SignalSet = boost::asio::basic_signal_set<boost::asio::io_context::executor_type>;

std::string text_of(const tcp::endpoint& endpoint) {
    const std::string address = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

tcp::endpoint endpoint_of(const ServerOptions& options) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(options.address, error);
    if (error) throw ConfigurationError("'" + options.address + "' is not an IP address; try 127.0.0.1 or ::1");
    return {address, options.port};
}

/// Makes sure that nobody else listens on the port, and finds a free one for 0. The acceptors share the port
/// among each other with SO_REUSEPORT; without this a second server of the same user would quietly get half of
/// the connections.
tcp::endpoint claim(const tcp::endpoint& wanted) {
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

/// Also one whose peer has gone by now: that is nobody's mistake.
bool was_connected(int socket) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
    if (info.tcpi_state == TCP_LISTEN || info.tcpi_state == TCP_SYN_SENT) return false;
    // The space for receiving is measured when a connection is made.
    return info.tcpi_state != TCP_CLOSE || info.tcpi_rcv_space != 0;
}

}  // namespace

struct Server::State {
    State(Application& app, ServerOptions o, boost::asio::io_context* h);
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    detail::ApplicationCore& core() { return application.core(); }
    bool listens() const noexcept { return options.connections == ConnectionSource::own_port; }
    void allow_own_origins();
    void make_shards();
    void start_accepting();
    awaitable<> drain();
    bool all_ended();
    void end(detail::Loop& loop);
    void reload_at(SignalSet& hang_ups);
    void await_signal(SignalSet& signals, Server& server);
    void on_signal(SignalSet& signals, Server& server);

    using Work = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;

    Application& application;
    ServerOptions options;
    boost::asio::io_context* host;
    tcp::endpoint endpoint;
    std::unique_ptr<detail::TlsKeeper> tls;  // null for plain HTTP
    std::vector<std::unique_ptr<detail::Loop>> loops;
    std::vector<std::unique_ptr<detail::ServerShard>> shards;
    std::vector<Work> work;
    std::atomic<std::size_t> adopted{0};
    std::atomic<bool> started{false};
    std::atomic<bool> stopping{false};
    std::atomic<bool> hurried{false};  // what has not ended is not waited for any more
    std::atomic<bool> stopped{false};
    detail::TaskContext drain_task;
};

Server::State::State(Application& app, ServerOptions o, boost::asio::io_context* h)
    : application(app), options(std::move(o)), host(h), endpoint(endpoint_of(options)) {
    if (host != nullptr && options.threads > 1) {
        throw ConfigurationError("a server on an io_context of the program runs on that one's thread: threads must be 0 or 1");
    }
    if (options.tls && !listens()) {
        throw ConfigurationError("ServerOptions::tls is for a server that listens: connections that are adopted have been read "
                                 "without TLS already");
    }
    if (options.tls) tls = std::make_unique<detail::TlsKeeper>(*options.tls);
    core().begin_serving();
    try {
        if (listens()) endpoint = claim(endpoint);
        allow_own_origins();
        make_shards();
    } catch (...) {
        shards.clear();
        core().detach_all();
        throw;
    }
    // A host's limits are its own.
    const std::size_t descriptors = host == nullptr ? detail::raise_descriptor_limit() : detail::descriptor_limit();
    detail::check_descriptor_limit(descriptors, application.settings().max_connections);
}

void Server::State::make_shards() {
    const unsigned threads = host != nullptr        ? 1
                             : options.threads == 0 ? std::max(1U, std::thread::hardware_concurrency())
                                                    : options.threads;
    for (unsigned i = 0; i < threads; ++i) {
        const detail::Loop::Options loop_options{.index = i};
        loops.push_back(host != nullptr ? std::make_unique<detail::Loop>(loop_options, *host)
                                        : std::make_unique<detail::Loop>(loop_options));
        auto& loop = *loops.back();
        core().attach(loop);
        if (host == nullptr) work.push_back(boost::asio::make_work_guard(loop.io()));
        shards.push_back(std::make_unique<detail::ServerShard>(core(), loop, tls.get()));
        if (listens()) shards.back()->listen(endpoint);
    }
}

Server::State::~State() {
    // What the chains use is still there when they are destroyed, and nothing comes back to them.
    for (const auto& loop : loops) end(*loop);
    shards.clear();
    core().detach_all();
}

void Server::State::allow_own_origins() {
    AllowedOrigins origins;
    const Endpoint bound{endpoint.address().to_string(), endpoint.port()};
    const bool known = endpoint.port() != 0 && origins.add_bound(bound, tls ? UriScheme::https : UriScheme::http);
    if (!known && application.settings().allowed_origins.empty()) {
        log(LogLevel::warn, listens() ? "no origin is known for a wildcard address: browsers are refused until allowed "
                                        "origins are set"
                                      : "no origin is known without address and port of the server that accepts: browsers "
                                        "are refused until these or allowed origins are set");
    }
    for (const auto& origin : application.settings().allowed_origins) origins.add(origin);
    core().set_origins(std::move(origins));
}

void Server::State::start_accepting() {
    if (!listens()) return;
    for (const auto& shard : shards) {
        shard->loop().post([&shard = *shard] { shard.start_accepting(); });
    }
}

/// Destroys what has not ended, with a line in the log for each connection.
void Server::State::end(detail::Loop& loop) {
    detail::Loop* const before = detail::Loop::exchange_current(&loop);
    core().abandon_remaining(loop);
    detail::Loop::exchange_current(before);
    loop.close();
}

bool Server::reload_tls() {
    if (state_->tls) return state_->tls->reload();
    log(LogLevel::info, "there is no TLS to be reloaded");
    return false;
}

void Server::State::reload_at(SignalSet& hang_ups) {
    hang_ups.async_wait([this, &hang_ups](const boost::system::error_code& error, int) {
        if (error) return;
        if (tls) {
            tls->reload();
        } else {
            log(LogLevel::info, "SIGHUP: without TLS there is nothing to be read again");
        }
        reload_at(hang_ups);
    });
}

Server::Server(Application& application, ServerOptions options)
    : state_(std::make_unique<State>(application, std::move(options), nullptr)) {}

Server::Server(Application& application, boost::asio::io_context& context, ServerOptions options)
    : state_(std::make_unique<State>(application, std::move(options), &context)) {}

Server::~Server() = default;

std::uint16_t Server::port() const noexcept { return state_->endpoint.port(); }
std::string Server::url() const { 
    return (state_->tls ? "https://" : "http://") + text_of(state_->endpoint);
}

void Server::State::on_signal(SignalSet& signals, Server& server) {
    if (!stopping) {
        server.stop();
        await_signal(signals, server);
        return;
    }
    log(LogLevel::warn, "server ending at once: a second signal came", {{"connections", core().session_count()}});
    hurried = true;
    // The next one does what it does to any program.
    signals.clear();
}

void Server::State::await_signal(SignalSet& signals, Server& server) {
    signals.async_wait([this, &signals, &server](const boost::system::error_code& error, int) {
        if (!error) on_signal(signals, server);
    });
}

void Server::run() {
    if (state_->host != nullptr) {
        throw ConfigurationError("a server on an io_context of the program has start(); who runs the io_context runs the server");
    }
    if (state_->started.exchange(true)) throw std::logic_error("chanx: Server::run() has been called before: a server runs once");
    auto& first = *state_->loops.front();
    SignalSet signals(first.io());
    if (state_->options.handle_signals) {
        signals.add(SIGINT);
        signals.add(SIGTERM);
        state_->await_signal(signals, *this);
    }
    SignalSet hang_ups(first.io());
    if (state_->options.handle_signals) {
        hang_ups.add(SIGHUP);
        state_->reload_at(hang_ups);
    }
    state_->start_accepting();
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < state_->loops.size(); ++i) {
        threads.emplace_back([&loop = *state_->loops[i]] { loop.run(); });
    }
    first.run();
    for (auto& thread : threads) thread.join();
    state_->stopped = true;
}

void Server::start() {
    if (state_->host == nullptr) throw ConfigurationError("a server with threads of its own has run(), not start()");
    if (state_->started.exchange(true)) throw ConfigurationError("the server has been started before");
    state_->work.push_back(boost::asio::make_work_guard(*state_->host));
    state_->start_accepting();
}

bool Server::stopped() const noexcept { return state_->stopped; }

void Server::adopt(int socket, std::string_view bytes) {
    sockaddr_storage address{};
    socklen_t address_size = sizeof address;
    int type = 0;
    socklen_t type_size = sizeof type;
    const bool is_socket = ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &address_size) == 0 &&
                           ::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0;
    if (!is_socket || type != SOCK_STREAM || (address.ss_family != AF_INET && address.ss_family != AF_INET6)) {
        throw std::invalid_argument("chanx: only a TCP socket can be handed over to a server");
    }
    if (!was_connected(socket)) {
        throw std::invalid_argument("chanx: only a connected socket can be handed over to a server; this one has no peer yet");
    }
    detail::Descriptor descriptor(socket);
    if (state_->stopping) return;
    const std::size_t turn = state_->adopted.fetch_add(1, std::memory_order_relaxed);
    state_->shards[turn % state_->shards.size()]->adopt(std::move(descriptor), std::string(bytes));
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
    using std::chrono::milliseconds;
    constexpr milliseconds between_looks{10};
    auto& loop = *loops.front();
    const auto spread = detail::drain_spread(core().session_count(), core().settings().drain_time);
    log(core().routine_level(), "server stopping",
        {{"connections", core().session_count()},
         {"milliseconds", std::chrono::duration_cast<milliseconds>(spread).count()}});
    core().start_draining(spread);
    const auto all_closed = loop.now() + spread;
    while (!hurried && core().session_count() != 0 && loop.now() < all_closed) co_await sleep_for(between_looks);
    for (const auto& shard : shards) {
        shard->loop().post([&shard = *shard] { shard.end_idle(); });
    }
    const auto deadline = loop.now() + core().settings().shutdown_timeout;
    while (!hurried && !all_ended() && loop.now() < deadline) co_await sleep_for(between_looks);
    for (const auto& shard : shards) {
        shard->loop().post([this, &shard = *shard] {
            shard.stop_accepting();
            core().abandon_remaining(shard.loop());
            shard.loop().stop();
            if (host == nullptr) return;
            work.clear();
            stopped = true;
        });
    }
    log(core().routine_level(), "server stopped");
}

bool Server::State::all_ended() {
    return core().session_count() == 0 &&
           std::ranges::all_of(shards, [](const auto& shard) { return shard->http_count() == 0; });
}

}  // namespace chanx
