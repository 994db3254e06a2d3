#include "testing/memory_transport.hpp"

#include <algorithm>
#include <utility>

#include "testing/deflated.hpp"
#include "websocket/frame_header.hpp"

namespace chanx::testing {

void MemoryTransport::peer_sends(std::string bytes) {
    if (broken_) return;
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
    // Apart: a socket becomes ready at any time.
    loop().post_apart([self = self()] {
        self->flush_posted_ = false;
        detail::Schedule* const schedule = self->loop().schedule();
        // A socket that is nearly full takes the first ones only.
        const bool nearly_full = schedule != nullptr && schedule->pick(4) == 0;
        self->flush(nearly_full ? 1 + schedule->pick(3) : everything);
    });
}

void MemoryTransport::flush(std::size_t most_frames) {
    if (peer_gone_) {
        lost("The connection was reset");
        return;
    }
    if (!peer_reads_ || closed() || outbox().empty()) return;
    if (faults_->fails(FaultKind::write)) {
        break_down();
        return;
    }
    for (std::size_t i = 0; i < most_frames && peer_reads_ && !closed() && !outbox().empty(); ++i) {
        const FramePtr frame = FramePtr::share(outbox().frames().front());
        arrived_.push_back(frame->is_compressed() ? Frame::make(frame->kind(), inflated(frame->payload())) : frame);
        transcript_->received(Transcript::describe(*arrived_.back()));
        sent(frame->wire_size());
        if (frame->kind() == FrameKind::ping && peer_answers_pings_) answer(*frame);
    }
    if (!closed() && !outbox().empty()) want_flush();
}

// At once, as every client does (RFC 6455 section 5.5.2), whatever the test does meanwhile.
void MemoryTransport::answer(const Frame& ping) {
    std::string bytes;
    detail::append_client_frame(bytes, {.opcode = detail::Opcode::pong, .payload = ping.payload()});
    peer_sends(std::move(bytes));
}

void MemoryTransport::break_down() {
    broken_ = true;
    peer_gone_ = true;
    unread_.clear();
    taken_ = 0;
    transcript_->event("injected fault: " + to_string(faults_->fault()) + " of the application failed");
    lost("The connection was reset");
}

void MemoryTransport::want_read() {
    reading_ = true;
    read_soon();
}

void MemoryTransport::read_soon() {
    if (!reading_ || read_posted_ || (unread() == 0 && !peer_gone_)) return;
    read_posted_ = true;
    loop().post_apart([self = self()] {
        self->read_posted_ = false;
        if (self->reading_ && !self->closed()) self->read();
    });
}

void MemoryTransport::read() {
    if (unread() != 0) {
        if (faults_->fails(FaultKind::read)) {
            break_down();
            return;
        }
        reading_ = false;
        begin_turn();
        std::string bytes = take_unread();
        if (received(bytes.data(), bytes.data() + bytes.size())) want_read();
    } else if (peer_gone_) {
        lost("The peer closed the connection without a Close");
    }
}

std::string MemoryTransport::take_unread() {
    // What was sent at once may arrive in pieces, and no more at a time than a socket gives.
    std::size_t size = std::min(unread(), most_at_a_time);
    detail::Schedule* const schedule = loop().schedule();
    if (schedule != nullptr && schedule->pick(2) != 0) size = 1 + schedule->pick(size);
    if (size == unread_.size()) return std::exchange(unread_, {});
    std::string bytes = unread_.substr(taken_, size);
    taken_ += size;
    if (taken_ == unread_.size()) {
        unread_ = {};
        taken_ = 0;
    }
    return bytes;
}

void MemoryTransport::shut_down_sending() {
    sending_shut_ = true;
    // The peer sees the end of the stream and ends its side, as any client does.
    peer_gone_ = true;
    read_soon();
}

}  // namespace chanx::testing
