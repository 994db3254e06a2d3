#pragma once

#include <memory>
#include <string>

#include "consumer/websocket_connection.hpp"
#include "server/shard_io.hpp"
#include "server/socket.hpp"

namespace chanx::detail {

/// A WebSocket connection over a TCP socket. Waits for readability and reads into the shard's buffer, so that an idle
/// connection owns none.
class SocketTransport final : public WebsocketConnection {
 public:
    /// @param early  bytes that were read behind the upgrade request
    SocketTransport(ShardIo& io, Socket socket, std::string early);

    /// Hands the outbox to the kernel as far as it takes it.
    void flush();

 private:
    friend class ShardIo;

    void want_flush() override;
    void flush_now() override { flush(); }
    void want_read() override;
    void shut_down_sending() override;
    void close_io() override;

    std::shared_ptr<SocketTransport> self() { return std::static_pointer_cast<SocketTransport>(shared_from_this()); }
    void read();
    void wait_writable();
    /// One send. @return the bytes taken; 0 where the socket is full or gone
    std::size_t send_some();

    ShardIo& io_;
    Socket socket_;
    bool reading_ = false;
    bool writable_wait_ = false;
    bool dirty_ = false;
};

}  // namespace chanx::detail
