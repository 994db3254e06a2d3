#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <unordered_set>
#include <vector>

#include "runtime/loop.hpp"
#include "server/frame_run.hpp"
#include "server/poller.hpp"

namespace chanx::detail {

class SocketTransport;

/// What the sockets of one loop share: a buffer to read into, a buffer to gather small frames in, and the list of
/// those that have something to flush at the end of the turn.
class ShardIo {
 public:
    static constexpr std::size_t read_size = std::size_t{64} << 10;
    static constexpr std::size_t gather_size = std::size_t{64} << 10;

    explicit ShardIo(Loop& l)
        : loop(l), poller(l, [](void* self) { static_cast<ShardIo*>(self)->flush_all(); }, this),
          read_buffer(new char[read_size]), gather_buffer(new char[gather_size]), run(l.counters().sent) {}

    /// Flushes the transport once the input that is there has been used up.
    void mark_dirty(SocketTransport& transport) {
        // At the end of a turn of events everything is flushed, so that one send carries what all of them cause.
        if (!poller.in_turn() && !flush_posted_) post_flush();
        dirty_.push_back(&transport);
    }
    /// It waits until its socket takes more, or does so no longer.
    void note_stalled(SocketTransport& transport) {
        stalled_.insert(&transport);
        loop.counters().stalled_connections.set(stalled_.size());
    }
    void note_going_on(SocketTransport& transport) noexcept {
        stalled_.erase(&transport);
        loop.counters().stalled_connections.set(stalled_.size());
    }
    /// Counts what waits to be sent. All but those that are stalled or about to be flushed have nothing.
    void count_outbox_bytes();
    /// Before a transport is destroyed.
    void forget(SocketTransport& transport) noexcept;

    Loop& loop;
    Poller poller;
    std::unique_ptr<char[]> read_buffer;
    std::unique_ptr<char[]> gather_buffer;
    FrameRun run;

 private:
    void post_flush();
    void flush_all();

    std::vector<SocketTransport*> dirty_;
    std::vector<SocketTransport*> flushing_;
    std::unordered_set<SocketTransport*> stalled_;
    bool flush_posted_ = false;
};

}  // namespace chanx::detail
