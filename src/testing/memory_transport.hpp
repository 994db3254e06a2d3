#pragma once

#include <deque>
#include <memory>
#include <string>

#include "consumer/websocket_connection.hpp"

namespace chanx::testing {

/// A WebSocket connection in memory: the application's end of it, with the test as the peer.
class MemoryTransport final : public detail::WebsocketConnection {
 public:
    using WebsocketConnection::WebsocketConnection;

    /// What has arrived at the peer and not been taken.
    std::deque<FramePtr>& arrived() noexcept { return arrived_; }
    /// Both sides have ended it.
    bool ended() const noexcept { return closed(); }
    bool sending_shut() const noexcept { return sending_shut_; }

    /// Sends bytes to the application.
    void peer_sends(std::string bytes);
    /// The peer has gone, without a Close.
    void peer_drops();
    /// Whether the peer reads; while it does not, the outbox fills.
    void peer_reads(bool reads);

 private:
    void want_flush() override;
    void flush_now() override { flush(); }
    void want_read() override;
    void shut_down_sending() override;
    void close_io() override {}

    void flush();
    void read_soon();
    void read();
    std::shared_ptr<MemoryTransport> self() { return std::static_pointer_cast<MemoryTransport>(shared_from_this()); }

    std::deque<FramePtr> arrived_;
    std::string unread_;
    bool peer_reads_ = true;
    bool peer_gone_ = false;
    bool flush_posted_ = false;
    bool reading_ = false;
    bool read_posted_ = false;
    bool sending_shut_ = false;
};

}  // namespace chanx::testing
