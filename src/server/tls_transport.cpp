#include "server/tls_transport.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace chanx::detail {

namespace {

/// What is looked at for one record, of which a frame takes two bytes at least.
constexpr std::size_t most_frames = 2048;
/// How many records one connection reads before others have their turn: as much as a plain one reads at a time.
constexpr int rounds_at_once = ShardIo::read_size / TlsSocket::most_bytes;

}  // namespace

std::shared_ptr<WebsocketConnection> make_transport(ShardIo& io, int descriptor, std::unique_ptr<TlsSocket> tls,
                                                    std::string_view early) {
    if (!tls) return std::make_shared<SocketTransport>(io, descriptor, early);
    return std::make_shared<TlsTransport>(io, descriptor, std::move(tls), early);
}

TlsTransport::TlsTransport(ShardIo& io, int descriptor, std::unique_ptr<TlsSocket> tls, std::string_view early)
    : SocketTransport(io, descriptor, early, Wire::tls), tls_(std::move(tls)) {
    // Nobody tells of what OpenSSL has read already.
    tls_->readable(false);
    now_readable();
}

void TlsTransport::on_ready(Readiness readiness) {
    if (closed()) return;
    if (readiness.readable) {
        tls_->readable(readiness.hung_up);
        now_readable();
        begin_turn();
        read();
    }
    // The rest is the same.
    SocketTransport::on_ready({.readable = false, .writable = readiness.writable, .hung_up = false});
}

void TlsTransport::want_read() {
    go_on_reading(true);
    read();
}

void TlsTransport::lost_connection() { lost("The connection was reset"); }

void TlsTransport::read() {
    for (int rounds = 0; may_read(); ++rounds) {
        if (rounds == rounds_at_once || turn_over()) {
            read_later();
            return;
        }
        char* const buffer = io().read_buffer.get();
        const TlsSocket::Read read = tls_->read(buffer, ShardIo::read_size);
        // Reading may have answered something of the protocol's own.
        if (tls_->has_unsent()) wait_to_send();
        switch (read.outcome) {
            case TlsSocket::Outcome::done:
                loop().counters().bytes_received.add(read.count);
                go_on_reading(received(buffer, buffer + read.count));
                break;
            case TlsSocket::Outcome::again: read_later(); return;
            case TlsSocket::Outcome::wait: no_longer_readable(); break;
            case TlsSocket::Outcome::ended:
                no_longer_readable();
                lost("The peer closed the connection without a Close");
                break;
            case TlsSocket::Outcome::failed:
            case TlsSocket::Outcome::plain_http:
                no_longer_readable();
                lost_connection();
                break;
        }
    }
}

void TlsTransport::flush_tls() {
    if (closed() || waits_to_send()) return;
    if (!tls_->flush()) {
        lost_connection();
        return;
    }
    while (!closed() && !tls_->has_unsent() && !outbox().empty()) {
        if (!send_some()) return;
    }
    if (closed()) return;
    if (tls_->has_unsent()) {
        wait_to_send();
        return;
    }
    if (std::exchange(shutdown_due_, false)) SocketTransport::shut_down_sending();
    flushed();  // and out of this process
}

bool TlsTransport::send_some() {
    // A frame alone may be of any size.
    if (const std::string_view run = io().run.bytes_of(outbox()); !run.empty() && run.size() <= TlsSocket::most_bytes) {
        if (!tls_->write(run)) {
            lost_connection();
            return false;
        }
        io().run.sent(outbox());
        return true;
    }
    char* const record = io().gather_buffer.get();
    std::size_t size = 0;
    outbox().gather(most_frames, [&](std::string_view bytes) {
        const std::size_t count = std::min(bytes.size(), TlsSocket::most_bytes - size);
        std::memcpy(record + size, bytes.data(), count);
        size += count;
    });
    if (!tls_->write({record, size})) {
        lost_connection();
        return false;
    }
    count_sent(size);
    return true;
}

void TlsTransport::shut_down_sending() {
    tls_->end_sending();
    if (tls_->has_unsent()) {
        shutdown_due_ = true;
        wait_to_send();
    } else {
        SocketTransport::shut_down_sending();
    }
}

void TlsTransport::close_io() {
    SocketTransport::close_io();
    tls_.reset();
}

}  // namespace chanx::detail
