#pragma once

#include <memory>
#include <string_view>

#include "server/socket_transport.hpp"
#include "server/tls_socket.hpp"

namespace chanx::detail {

/// A WebSocket connection over TLS. What waits for a turn's end goes out in as few records as possible.
class TlsTransport final : public SocketTransport {
 public:
    /// @param descriptor  a non-blocking socket, owned from now on
    /// @param early  bytes that were read behind the upgrade request, decrypted
    TlsTransport(ShardIo& io, int descriptor, std::unique_ptr<TlsSocket> tls, std::string_view early);

 private:
    void on_ready(Readiness readiness) override;
    void want_read() override;
    void flush_tls() override;
    void shut_down_sending() override;
    void close_io() override;

    void read();
    /// Reads on when others have had their turn.
    void read_later();
    /// Encrypts what fits into a record. @return whether the connection still stands
    bool send_some();
    void lost_connection();

    std::unique_ptr<TlsSocket> tls_;
    bool shutdown_due_ = false;  // once the kernel has taken all
};

/// A transport for a connection that has become a WebSocket. @param tls  null for a plain one
std::shared_ptr<WebsocketConnection> make_transport(ShardIo& io, int descriptor, std::unique_ptr<TlsSocket> tls,
                                                    std::string_view early);

}  // namespace chanx::detail
