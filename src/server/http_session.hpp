#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/http/response.hpp>

#include <boost/beast/core/flat_buffer.hpp>

#include <list>
#include <memory>
#include <string_view>

#include "runtime/timer.hpp"
#include "server/http_stream.hpp"
#include "server/server_shard.hpp"

namespace chanx::detail {

/// One TCP connection as long as it speaks HTTP: requests one after another, until one of them becomes a WebSocket.
class HttpSession {
 public:
    using Place = std::list<std::unique_ptr<HttpSession>>::iterator;

    /// @param early  what was read from the socket already
    /// @param tls  what a TLS connection is made with; null for a plain one
    HttpSession(ServerShard& shard, Socket socket, std::string_view early, std::shared_ptr<SSL_CTX> tls = nullptr);

    void start(Place place);
    Place place() const noexcept { return place_; }
    /// Ends the connection if it waits for a request, otherwise after its response.
    void start_draining();

 private:
    struct Head;

    awaitable<> serve();
    /// @return whether the connection speaks TLS now
    awaitable<bool> shake_hands();
    /// The facts of the connection itself. @return whether they can be kept
    bool describe_connection(ScopeBuilder& builder) const;
    /// @return whether another request may follow
    awaitable<bool> serve_one();
    awaitable<bool> answer(Head& head);
    awaitable<> upgrade(Head& head);
    awaitable<> discard_input();
    awaitable<> write(const Response& response, bool head_only, bool keep_alive);
    void arm_deadline();

    ServerShard& shard_;
    HttpStream stream_;
    std::shared_ptr<SSL_CTX> tls_;  // until the handshake
    boost::beast::flat_buffer buffer_;
    Place place_;
    TaskContext task_;
    Timer deadline_;
    bool idle_ = false;  // nothing is lost if it is closed
    bool upgraded_ = false;
};

}  // namespace chanx::detail
