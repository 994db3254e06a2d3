#include "server/socket_transport.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace chanx::detail {

void ShardIo::post_flush() {
    loop.post([this] {
        flush_posted_ = false;
        flush_all();
    });
    flush_posted_ = true;
}

void ShardIo::flush_all() {
    if (dirty_.empty()) return;
    flushing_.swap(dirty_);
    for (std::size_t i = 0; i < flushing_.size(); ++i) {
        SocketTransport* const transport = flushing_[i];
        if (transport == nullptr) continue;
        transport->dirty_ = false;
        transport->flush();
    }
    flushing_.clear();
    run.clear();
}

void ShardIo::count_outbox_bytes() {
    std::size_t bytes = 0;
    for (const SocketTransport* transport : stalled_) bytes += transport->outbox_bytes();
    for (const SocketTransport* transport : dirty_) bytes += transport->outbox_bytes();
    loop.counters().outbox_bytes.set(bytes);
}

void ShardIo::forget(SocketTransport& transport) noexcept {
    if (transport.writable_wait_) note_going_on(transport);
    if (!transport.dirty_) return;
    std::erase(dirty_, &transport);
    std::ranges::replace(flushing_, &transport, nullptr);
    transport.dirty_ = false;
}

SocketTransport::SocketTransport(ShardIo& io, int descriptor, std::string_view early)
    : SocketTransport(io, descriptor, early, Wire::plain) {}

SocketTransport::SocketTransport(ShardIo& io, int descriptor, std::string_view early, Wire wire)
    : WebsocketConnection(io.loop), io_(io), descriptor_(descriptor), tls_(wire == Wire::tls) {
    keep_early(early);
    io_.poller.add(descriptor_, *this);
}

// One that was closed knows nothing of the shard any more, which may have ended before it.
SocketTransport::~SocketTransport() {
    if (descriptor_ >= 0) SocketTransport::close_io();
}

void SocketTransport::on_ready(Readiness readiness) {
    if (closed()) return;
    if (readiness.hung_up) hung_up_ = true;
    if (readiness.readable) {
        readable_ = true;
        begin_turn();
        read();
    }
    if (readiness.writable && writable_wait_ && !closed()) {
        writable_wait_ = false;
        io_.note_going_on(*this);
        // It has taken something of what was waiting: a slow client that only reads is alive.
        heard();
        want_flush();
    }
}

void SocketTransport::want_flush() {
    if (dirty_ || writable_wait_) return;
    io_.mark_dirty(*this);
    dirty_ = true;
}

void SocketTransport::want_read() {
    reading_ = true;
    read();
}

/// How often one connection reads before others have their turn: small messages come in thousands at a time.
constexpr int rounds_at_once = 1;

void SocketTransport::read() {
    // Not without end: others are waiting too.
    for (int rounds = 0; may_read(); ++rounds) {
        if (rounds == rounds_at_once) {
            read_later();
            return;
        }
        char* const buffer = io_.read_buffer.get();
        const ssize_t count = ::recv(descriptor_, buffer, ShardIo::read_size, MSG_DONTWAIT);
        if (count > 0) {
            loop().counters().bytes_received.add(static_cast<std::uint64_t>(count));
            // A short read has emptied the socket, and what comes next is told anew; but an end that has been told
            // already is not told again.
            if (static_cast<std::size_t>(count) < ShardIo::read_size && !hung_up_) readable_ = false;
            reading_ = received(buffer, buffer + count);
        } else if (count == 0) {
            readable_ = false;
            lost("The peer closed the connection without a Close");
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            readable_ = false;
        } else if (errno != EINTR) {
            readable_ = false;
            lost("The connection was reset");
        }
    }
}

void SocketTransport::flush() {
    while (!closed()) {
        // One test for both.
        if (writable_wait_ || tls_) {
            if (tls_) flush_tls();
            return;
        }
        if (outbox().empty()) return;
        const std::string_view run = io_.run.bytes_of(outbox());
        const std::size_t count = run.empty() ? send_pieces() : send_bytes(run);
        if (count == 0) return;
        if (count == run.size()) {
            io_.run.sent(outbox());
            flushed();
            if (outbox().empty()) return;
        } else {
            sent(count);
        }
    }
}

void SocketTransport::flush_now() {
    flush();
    io_.run.clear();
}

std::size_t SocketTransport::send_pieces() {
    // Small frames are copied together, large ones are sent from where they are.
    constexpr std::size_t small = 2048;
    constexpr std::size_t most_pieces = 64;
    std::array<iovec, most_pieces> pieces;
    std::size_t piece_count = 0;
    char* const gather = io_.gather_buffer.get();
    std::size_t gathered = 0;
    bool full = false;
    outbox().gather(outbox().size(), [&](std::string_view bytes) {
        if (full) return;
        if (bytes.size() <= small) {
            if (gathered + bytes.size() > ShardIo::gather_size) {
                full = true;
                return;
            }
            char* const at = gather + gathered;
            const bool continues = piece_count > 0 &&
                                   static_cast<char*>(pieces[piece_count - 1].iov_base) + pieces[piece_count - 1].iov_len == at;
            if (!continues && piece_count == most_pieces) {
                full = true;
                return;
            }
            std::memcpy(at, bytes.data(), bytes.size());
            gathered += bytes.size();
            if (continues) {
                pieces[piece_count - 1].iov_len += bytes.size();
            } else {
                pieces[piece_count++] = {at, bytes.size()};
            }
        } else if (piece_count == most_pieces) {
            full = true;
        } else {
            pieces[piece_count++] = {const_cast<char*>(bytes.data()), bytes.size()};
        }
    });

    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = piece_count;
    return taken(::sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

std::size_t SocketTransport::send_bytes(std::string_view bytes) {
    return taken(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

std::size_t SocketTransport::taken(ssize_t count) {
    if (count >= 0) return static_cast<std::size_t>(count);
    // A send that does not block is not interrupted either.
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        wait_to_send();
    } else {
        lost("The connection was reset");
    }
    return 0;
}

void SocketTransport::shut_down_sending() { ::shutdown(descriptor_, SHUT_WR); }

void SocketTransport::close_io() {
    io_.forget(*this);
    writable_wait_ = false;
    io_.poller.remove(descriptor_, *this);
    ::close(std::exchange(descriptor_, -1));
}

}  // namespace chanx::detail
