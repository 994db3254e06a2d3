#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "app/application_core.hpp"
#include "runtime/log_limiter.hpp"
#include "server/descriptor.hpp"
#include "server/shard_io.hpp"
#include "server/socket.hpp"
#include "server/tls_context.hpp"

namespace chanx::detail {

class HttpSession;

/// One loop of a server: its acceptor, its HTTP connections, and what its sockets share.
class ServerShard {
 public:
    /// So many connections at a time are told with a 503 that there is no room for them; others are closed.
    static constexpr std::size_t most_refusing = 128;

    /// @param tls  null for plain HTTP; it outlives the shard
    ServerShard(ApplicationCore& core, Loop& loop, const TlsKeeper* tls = nullptr);
    ~ServerShard();
    ServerShard(const ServerShard&) = delete;
    ServerShard& operator=(const ServerShard&) = delete;

    Loop& loop() noexcept { return io_.loop; }
    ShardIo& io() noexcept { return io_; }
    ApplicationCore& core() noexcept { return core_; }

    /// Binds and listens. @throws boost::system::system_error
    void listen(const boost::asio::ip::tcp::endpoint& endpoint);
    void start_accepting();
    /// From any thread: serves a connection that was accepted elsewhere, as if it had come in here.
    /// @param descriptor  a TCP socket
    /// @param early  what was read from it already
    void adopt(Descriptor descriptor, std::string early);
    /// On the loop: ends the connections that wait for a request. New ones are still accepted, and told so.
    void end_idle();
    /// On the loop: whether they have been told.
    bool idle_ended() const noexcept { return idle_ended_; }
    /// On the loop: the last one that would have been told has been.
    void stop_accepting();
    /// HTTP connections that are served. From any thread.
    std::size_t http_count() const noexcept { return http_count_.load(std::memory_order_relaxed); }
    /// How late the loop got to what was due, at most, since the last call. From any thread.
    Duration take_greatest_lag() noexcept { return io_.loop.lag().take_greatest(); }

 private:
    friend class HttpSession;

    awaitable<> accept_loop();
    /// @throws what lack of memory or of descriptors does; then it is as if nobody had come
    void serve(Socket socket, std::shared_ptr<SSL_CTX> tls, std::string_view early = {});
    /// A peer's mistake, or an attack: at debug level, and not for each.
    void log_handshake(const Endpoint& peer, std::string_view failure);
    void ended(HttpSession& session);
    void forget(std::list<std::unique_ptr<HttpSession>>::iterator place) noexcept;

    ApplicationCore& core_;
    ShardIo io_;
    Acceptor acceptor_;
    TaskContext accept_task_;
    std::list<std::unique_ptr<HttpSession>> http_;
    std::atomic<std::size_t> http_count_{0};
    std::size_t refusing_count_ = 0;
    bool idle_ended_ = false;
    const TlsKeeper* tls_;
    LogLimiter handshake_lines_;
};

}  // namespace chanx::detail
