#include "testing/memory_transport.hpp"

namespace chanx::testing {

void MemoryTransport::peer_sends(std::string bytes) {
    unread_ += bytes;
    read_soon();
}

void MemoryTransport::peer_drops() {
    peer_gone_ = true;
    read_soon();
}

void MemoryTransport::peer_reads(bool reads) {
    peer_reads_ = reads;
    if (reads) want_flush();
}

void MemoryTransport::want_flush() {
    if (std::exchange(flush_posted_, true)) return;
    loop().post([self = self()] {
        self->flush_posted_ = false;
        self->flush();
    });
}

void MemoryTransport::flush() {
    if (peer_gone_) {
        lost("The connection was reset");
        return;
    }
    while (peer_reads_ && !closed() && !outbox().empty()) {
        arrived_.push_back(FramePtr::share(outbox().frames().front()));
        sent(arrived_.back()->wire_size());
    }
}

void MemoryTransport::want_read() {
    reading_ = true;
    read_soon();
}

void MemoryTransport::read_soon() {
    if (!reading_ || read_posted_ || (unread_.empty() && !peer_gone_)) return;
    read_posted_ = true;
    loop().post([self = self()] {
        self->read_posted_ = false;
        if (self->reading_ && !self->closed()) self->read();
    });
}

void MemoryTransport::read() {
    if (!unread_.empty()) {
        reading_ = false;
        std::string bytes = std::exchange(unread_, {});
        if (received(bytes.data(), bytes.data() + bytes.size())) want_read();
    } else if (peer_gone_) {
        lost("The peer closed the connection without a Close");
    }
}

void MemoryTransport::shut_down_sending() {
    sending_shut_ = true;
    // The peer sees the end of the stream and ends its side, as any client does.
    peer_gone_ = true;
    read_soon();
}

}  // namespace chanx::testing
