#pragma once

#include <chanx/testing/fault_injection.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "consumer/websocket_connection.hpp"
#include "testing/transcript.hpp"

namespace chanx::testing {

/// A WebSocket connection in memory: the application's end of it, with the test as the peer.
class MemoryTransport final : public detail::WebsocketConnection {
  public:
    /// @param faults  what fails of its reads and writes
    /// @param transcript  gets what arrives at the peer
    MemoryTransport(detail::Loop& loop, std::shared_ptr<FaultCounter> faults,
                    std::shared_ptr<Transcript> transcript)
        : WebsocketConnection(loop), faults_(std::move(faults)), transcript_(std::move(transcript)) {}

    /// What has arrived at the peer and not been taken.
    std::deque<FramePtr>& arrived() noexcept { return arrived_; }
    /// Both sides have ended it.
    bool ended() const noexcept { return closed(); }
    bool sending_shut() const noexcept { return sending_shut_; }

    /// Sends bytes to the application.
    void peer_sends(std::string bytes);
    /// The peer has gone, without a Close.
    void peer_drops();
    /// From now on pings are left without an answer.
    void peer_ignores_pings() noexcept { peer_answers_pings_ = false; }
    /// Whether the peer reads; while it does not, the outbox fills.
    void peer_reads(bool reads);

 private:
    void want_flush() override;
    void flush_now() override { flush(everything); }
    void want_read() override;
    void shut_down_sending() override;
    void close_io() override {}

    static constexpr std::size_t everything = static_cast<std::size_t>(-1);
    static constexpr std::size_t most_at_a_time = std::size_t{64} << 10;

    void flush(std::size_t most_frames);
    void answer(const Frame& ping);
    void read_soon();
    void read();
    /// The connection breaks here.
    void break_down();
    std::size_t unread() const noexcept { return unread_.size() - taken_; }
    std::string take_unread();
    std::shared_ptr<MemoryTransport> self() {
        return std::static_pointer_cast<MemoryTransport>(shared_from_this());
    }

    std::shared_ptr<FaultCounter> faults_;
    std::shared_ptr<Transcript> transcript_;
    std::deque<FramePtr> arrived_;
    std::string unread_;      // from taken_ on
    std::size_t taken_ = 0;
    bool peer_reads_ = true;
    bool peer_answers_pings_ = true;
    bool peer_gone_ = false;
    bool broken_ = false;  // by a fault
    bool flush_posted_ = false;
    bool reading_ = false;
    bool read_posted_ = false;
    bool sending_shut_ = false;
};

}  // namespace chanx::testing
