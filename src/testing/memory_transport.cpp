#include "testing/memory_transport.hpp"

namespace chanx::testing {

void MemoryTransport::peer_sends(std::string bytes) {
    unread_ += bytes;
    if (reading_) loop().post([self = self()] { self->want_read(); });
}

void MemoryTransport::peer_drops() {
    peer_gone_ = true;
    if (reading_) loop().post([self = self()] { self->want_read(); });
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
        arrived_.push_back(outbox().front());
        sent(outbox().front()->wire().size());
    }
}

void MemoryTransport::want_read() {
    reading_ = true;
    if (closed()) return;
    if (!unread_.empty()) {
        reading_ = false;
        loop().post([self = self()] {
            if (self->closed()) return;
            std::string bytes = std::exchange(self->unread_, {});
            if (self->received(bytes.data(), bytes.data() + bytes.size())) self->want_read();
        });
    } else if (peer_gone_) {
        lost("The peer closed the connection without a Close");
    }
}

void MemoryTransport::shut_down_sending() {
    sending_shut_ = true;
    // The peer sees the end of the stream and ends its side, as any client does.
    loop().post([self = self()] {
        self->peer_gone_ = true;
        if (self->reading_) self->want_read();
    });
}

}  // namespace chanx::testing
