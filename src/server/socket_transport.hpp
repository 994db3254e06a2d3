#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "consumer/websocket_connection.hpp"
#include "server/poller.hpp"
#include "server/shard_io.hpp"

namespace chanx::detail {

/// A WebSocket connection over a TCP socket. It reads into the shard's buffer when there is something to read, so that an
/// idle connection owns none.
class SocketTransport : public WebsocketConnection, private PolledSocket {
 public:
    /// @param descriptor  a non-blocking socket, owned as soon as this is made
    /// @param early  bytes that were read behind the upgrade request
    SocketTransport(ShardIo& io, int descriptor, std::string_view early);
    ~SocketTransport() override;

    /// Hands the outbox to the kernel as far as it takes it.
    void flush();

 protected:
    enum class Wire : bool { plain, tls };
    SocketTransport(ShardIo& io, int descriptor, std::string_view early, Wire wire);

    void on_ready(Readiness readiness) override;
    void want_flush() final;
    void want_read() override;
    void shut_down_sending() override;
    void close_io() override;
    /// Reads what is there, as far as may_read() and fairness allow.
    virtual void read();
    /// Flushes where it is TLS.
    virtual void flush_tls() {}

    ShardIo& io() noexcept { return io_; }
    int descriptor() const noexcept { return descriptor_; }
    /// Whether somebody wants what is there.
    bool may_read() const noexcept { return reading_ && readable_ && !read_posted_ && !closed(); }
    /// Goes on reading when others have had their turn; until then may_read() is false.
    void read_later() {
        loop().post([self = self()] {
            self->read_posted_ = false;
            self->begin_turn();
            self->read();
        });
        read_posted_ = true;
    }
    void go_on_reading(bool wanted) noexcept { reading_ = wanted; }
    void now_readable() noexcept { readable_ = true; }
    void no_longer_readable() noexcept { readable_ = false; }
    bool waits_to_send() const noexcept { return writable_wait_; }
    void wait_to_send() {
        if (!writable_wait_) io_.note_stalled(*this);
        writable_wait_ = true;
    }

 private:
    friend class ShardIo;

    void flush_now() final;

    std::shared_ptr<SocketTransport> self() { return std::static_pointer_cast<SocketTransport>(shared_from_this()); }
    /// One send. @return the bytes taken; 0 where the socket is full or gone
    std::size_t send_pieces();
    std::size_t send_bytes(std::string_view bytes);
    /// What a system call's answer means. @return the bytes taken
    std::size_t taken(ssize_t count);

    ShardIo& io_;
    int descriptor_;
    bool reading_ = false;   // somebody wants what comes
    bool readable_ = false;  // and something is there
    bool dirty_ = false;
    bool hung_up_ : 1 = false;
    bool writable_wait_ : 1 = false;
    bool read_posted_ : 1 = false;
    const bool tls_ : 1;
};

}  // namespace chanx::detail
