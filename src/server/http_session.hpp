#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/http/response.hpp>

#include <boost/beast/core/flat_buffer.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <string_view>

#include "runtime/timer.hpp"
#include "server/entrance.hpp"
#include "server/http_stream.hpp"
#include "server/server_shard.hpp"

namespace chanx::detail {

/// One TCP connection as long as it speaks HTTP: requests one after another, until one of them becomes a WebSocket.
class HttpSession {
 public:
    using Place = std::list<std::unique_ptr<HttpSession>>::iterator;

    /// @param early  what was read from the socket already
    /// @param entrance  one without a place is answered with its refusal, whatever it asks for
    /// @param tls  what a TLS connection is made with; null for a plain one
    HttpSession(ServerShard& shard, Socket socket, std::string_view early, Entrance entrance,
                std::shared_ptr<SSL_CTX> tls = nullptr);

    void start(Place place);
    Place place() const noexcept { return place_; }
    bool refuses() const noexcept { return entrance_.refusal.has_value(); }
    /// Ends the connection if it waits for a request, or for the rest of its head.
    void end_if_idle();

 private:
    struct Head;
    /// What the deadline is for.
    enum class Phase : std::uint8_t { handshake, head, body, upgrade, response, discarding };

    awaitable<> serve();
    /// @return whether the connection speaks TLS now
    awaitable<bool> shake_hands();
    /// @return whether another request may follow
    awaitable<bool> serve_one();
    /// A response that ends the connection.
    awaitable<bool> refuse_request(int status, std::string_view why);
    awaitable<bool> answer(Head& head);
    awaitable<> upgrade(Head& head);
    awaitable<> discard_input();
    awaitable<> write(const Response& response, bool head_only, bool keep_alive);
    awaitable<> write_owned(Response response);
    /// Whoever asks for whatever is told that there is no place for it.
    awaitable<> refuse(Refusal reason, const Head& head);
    /// Of what is neither the peer's doing nor caught where the application is called.
    void log_failure(const std::exception_ptr& error) const noexcept;
    void enter_phase(Phase phase);
    void late();

    ServerShard& shard_;
    HttpStream stream_;
    std::shared_ptr<SSL_CTX> tls_;  // until the handshake
    boost::beast::flat_buffer buffer_;
    Entrance entrance_;
    Place place_;
    TaskContext task_;
    Timer deadline_;
    Phase phase_ = Phase::head;
    bool late_ = false;
    bool served_ = false;  // a request has been answered
    bool idle_ = false;  // nothing is lost if it is closed
    bool upgraded_ = false;
};

}  // namespace chanx::detail
