#include "server/socket_transport.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace chanx::detail {

void ShardIo::mark_dirty(std::shared_ptr<SocketTransport> transport) {
    dirty_.push_back(std::move(transport));
    if (std::exchange(flush_posted_, true)) return;
    // Posted behind the events that this turn has brought, so that one send carries what all of them cause.
    loop.post([this] { flush_all(); });
}

void ShardIo::flush_all() {
    flush_posted_ = false;
    flushing_.swap(dirty_);
    for (const auto& transport : flushing_) {
        transport->dirty_ = false;
        transport->flush();
    }
    flushing_.clear();
}

SocketTransport::SocketTransport(ShardIo& io, Socket socket, std::string early)
    : WebsocketConnection(io.loop), io_(io), socket_(std::move(socket)) {
    keep_early(std::move(early));
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
}

void SocketTransport::want_flush() {
    if (dirty_ || writable_wait_) return;
    dirty_ = true;
    io_.mark_dirty(self());
}

void SocketTransport::want_read() {
    if (reading_ || closed()) return;
    reading_ = true;
    socket_.async_wait(Socket::wait_read, [self = self()](const boost::system::error_code& error) {
        self->reading_ = false;
        if (self->closed()) return;
        if (error) {
            self->lost("The socket failed");
            return;
        }
        self->read();
    });
}

void SocketTransport::read() {
    char* const buffer = io_.read_buffer.get();
    const ssize_t count = ::recv(socket_.native_handle(), buffer, ShardIo::read_size, MSG_DONTWAIT);
    if (count > 0) {
        if (received(buffer, buffer + count)) want_read();
    } else if (count == 0) {
        lost("The peer closed the connection without a Close");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        want_read();
    } else {
        lost("The connection was reset");
    }
}

void SocketTransport::flush() {
    while (!closed() && !writable_wait_ && !outbox().empty()) {
        const std::size_t count = send_some();
        if (count == 0) return;
        sent(count);
    }
}

std::size_t SocketTransport::send_some() {
    // Small frames are copied together, large ones are sent from where they are.
    constexpr std::size_t small = 2048;
    constexpr std::size_t most_pieces = 64;
    std::array<iovec, most_pieces> pieces{};
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
    for (;;) {
        const ssize_t count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait_writable();
        } else {
            lost("The connection was reset");
        }
        return 0;
    }
}

void SocketTransport::wait_writable() {
    writable_wait_ = true;
    socket_.async_wait(Socket::wait_write, [self = self()](const boost::system::error_code&) {
        self->writable_wait_ = false;
        self->flush();
    });
}

void SocketTransport::shut_down_sending() {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void SocketTransport::close_io() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace chanx::detail
