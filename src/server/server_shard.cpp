#include "server/server_shard.hpp"

#include <chanx/asio.hpp>
#include <chanx/clock.hpp>
#include <chanx/logging.hpp>

#include <sys/socket.h>

#include <new>

#include "server/http_session.hpp"

namespace chanx::detail {

using boost::asio::ip::tcp;

namespace {

void log_lag(void* loop, LagMeter::Report late) {
    log(LogLevel::warn, "loop is late: something blocks it",
        {{"loop", static_cast<Loop*>(loop)->index()},
         {"milliseconds", std::chrono::duration_cast<std::chrono::milliseconds>(late.worst).count()},
         {"times", late.times}});
}

}  // namespace

ServerShard::ServerShard(ApplicationCore& core, Loop& loop, const TlsKeeper* tls)
    : core_(core), io_(loop), acceptor_(loop.io()), tls_(tls) {
    loop.watch_lag(core.settings().loop_lag_warning, &log_lag, &loop);
    loop.set_gauges([](void* io) { static_cast<ShardIo*>(io)->count_outbox_bytes(); }, &io_);
}
ServerShard::~ServerShard() { loop().set_gauges(nullptr, nullptr); }

void ServerShard::listen(const tcp::endpoint& endpoint) {
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    acceptor_.set_option(ReusePort(true));
    acceptor_.bind(endpoint);
    acceptor_.listen(4096);
}

void ServerShard::start_accepting() {
    loop().start(
        accept_task_, accept_loop(),
        [](void*, std::exception_ptr error) {
            if (error) log(LogLevel::error, "accepting ended");
        },
        this);
}

awaitable<> ServerShard::accept_loop() {
    while (acceptor_.is_open()) {
        bool failed = false;
        try {
            // The socket is returned, so that nothing refers to this frame if it is destroyed meanwhile.
            Socket socket = co_await acceptor_.async_accept(use_awaitable);
            serve(std::move(socket), tls_ != nullptr ? tls_->current() : nullptr);
        } catch (const boost::system::system_error& error) {
            if (error.code() == boost::asio::error::operation_aborted) co_return;
            core_.refusals().count(Refusal::accept, error.code().message());
            failed = true;
        } catch (const std::bad_alloc&) {
            core_.refusals().count(Refusal::accept, "Out of memory");
            failed = true;
        }
        // Without a pause a process that is out of descriptors would spin. Who waits meanwhile is queued by the kernel.
        if (failed) co_await sleep_for(std::chrono::milliseconds(100));
    }
}

void ServerShard::adopt(Descriptor descriptor, std::string early) {
    loop().post([this, descriptor = std::move(descriptor), early = std::move(early)]() mutable {
        try {
            sockaddr_storage address{};
            socklen_t size = sizeof address;
            ::getsockname(descriptor.get(), reinterpret_cast<sockaddr*>(&address), &size);
            Socket socket(loop().io());
            socket.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), descriptor.get());
            descriptor.release();
            serve(std::move(socket), nullptr, early);
        } catch (const boost::system::system_error& error) {
            core_.refusals().count(Refusal::accept, error.code().message());
        } catch (const std::bad_alloc&) {
            core_.refusals().count(Refusal::accept, "Out of memory");
        }
    });
}

void ServerShard::serve(Socket socket, std::shared_ptr<SSL_CTX> tls, std::string_view early) {
    loop().touch();
    loop().counters().connections_accepted.add();
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const tcp::endpoint peer = socket.remote_endpoint(ignored);
    auto entrance = Entrance::of(core_, peer.address().to_string());
    if (entrance.refusal) {
        if (refusing_count_ >= most_refusing) {
            core_.refusals().count(Refusal::unanswered, peer.address().to_string());
            return;
        }
    }
    const bool refuses = entrance.refusal.has_value();
    // Counted when there is somebody who will take it back.
    http_.push_back(
        std::make_unique<HttpSession>(*this, std::move(socket), early, std::move(entrance), std::move(tls)));
    if (refuses) {
        ++refusing_count_;
    } else {
        http_count_.fetch_add(1, std::memory_order_relaxed);
    }
    loop().counters().http_opened.add();
    const auto place = std::prev(http_.end());
    try {
        (*place)->start(place);
    } catch (...) {
        forget(place);
        throw;
    }
}

void ServerShard::log_handshake(const Endpoint& peer, std::string_view failure) {
    if (const std::uint64_t times = handshake_lines_.pass(loop().now()); times > 0) {
        log(LogLevel::debug, "TLS handshake failed", {{"peer", peer.address}, {"what", failure}, {"times", times}});
    }
}

void ServerShard::ended(HttpSession& session) {
    // Not destroyed here: its last coroutine is still running.
    loop().post([this, place = session.place()] { forget(place); });
}

void ServerShard::forget(std::list<std::unique_ptr<HttpSession>>::iterator place) noexcept {
    if ((*place)->refuses()) {
        --refusing_count_;
    } else {
        http_count_.fetch_sub(1, std::memory_order_relaxed);
    }
    http_.erase(place);
    loop().counters().http_closed.add();
}

void ServerShard::end_idle() {
    idle_ended_ = true;
    for (const auto& session : http_) session->end_if_idle();
}

void ServerShard::stop_accepting() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

}  // namespace chanx::detail
