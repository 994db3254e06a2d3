#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/http/scope_builder.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <openssl/types.h>

#include <memory>
#include <string_view>

#include "server/socket.hpp"
#include "server/tls_socket.hpp"

namespace chanx::detail {

/// The bytes under HTTP: a TCP socket, with TLS over it or without. Errors are thrown as boost::system::system_error.
class HttpStream {
 public:
    explicit HttpStream(Socket socket) : socket_(std::move(socket)) {}

    /// Without an address where the peer has gone.
    Endpoint peer() const;
    /// Puts the facts of the connection itself into a request's. @return whether they can be kept
    bool describe(ScopeBuilder& builder) const;

    /// Makes it TLS. @return `done`, or `ended`, `failed`, `plain_http`: then it is plain again
    awaitable<TlsSocket::Outcome> handshake(std::shared_ptr<SSL_CTX> context);
    /// Why the handshake has failed.
    std::string_view failure() const noexcept { return failure_; }

    /// @return at least one byte; the end is the error eof
    awaitable<std::size_t> read_some(boost::asio::mutable_buffer into);
    /// Reads up to the end of the head, or of the message, as Beast's functions of these names.
    awaitable<> read_header(boost::beast::flat_buffer& buffer, boost::beast::http::basic_parser<true>& parser);
    awaitable<> read(boost::beast::flat_buffer& buffer, boost::beast::http::basic_parser<true>& parser);
    /// Sends one behind the other.
    awaitable<> write(std::string_view first, std::string_view second = {});

    /// Tells the peer that nothing more comes.
    void end_sending();
    void close();
    /// Closes without a word, and the kernel forgets what the peer has not taken.
    void reset();
    /// What is being waited for fails with the error operation_aborted, or what is waited for next, where the end of the
    /// wait was under way already; a head or a body that is read does so in any case.
    void cancel();
    /// What begins now may wait again.
    void end_cancellation() noexcept { cancelled_ = false; }

    struct Parts {
        int descriptor;  // non-blocking
        std::unique_ptr<TlsSocket> tls;
    };
    /// Gives the connection away.
    Parts release();

 private:
    awaitable<> read_some(boost::beast::flat_buffer& buffer, boost::beast::http::basic_parser<true>& parser);
    awaitable<> wait_to_read();
    /// Others get their turn, whatever a peer sends at once.
    awaitable<> give_way();
    awaitable<> send_unsent();
    /// @throws boost::system::system_error operation_aborted where cancel() was called
    void require_not_cancelled() const;

    Socket socket_;
    std::unique_ptr<TlsSocket> tls_;
    std::string_view failure_;
    bool cancelled_ = false;
};

}  // namespace chanx::detail
