#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chanx::detail {

/// TLS over a non-blocking TCP socket, server's side. It reads and writes the socket itself, and waits for nothing: who
/// uses it does, first in the HTTP phase and then in a transport, so that a connection keeps its keys on the way.
///
/// Sending always takes what it is given: what the kernel does not take of it is kept here, encrypted, until flush(). So
/// a record is never half given, and its bytes need not be given again. Give nothing while has_unsent().
class TlsSocket {
 public:
    enum class Outcome : std::uint8_t {
        /// It is done, or bytes have been read.
        done,
        /// What has been read had nothing for us in it, but may have made work: read again when others have had their turn.
        again,
        /// Nothing is there to be read.
        wait,
        /// The peer has ended its side.
        ended,
        /// The peer broke the protocol or the connection: failure() says which.
        failed,
        /// The first bytes are a request of plain HTTP. In a handshake only.
        plain_http,
    };
    struct Read {
        Outcome outcome;
        std::size_t count;
    };
    /// The most that one record holds, and one write().
    static constexpr std::size_t most_bytes = std::size_t{16} << 10;

    /// @param descriptor  non-blocking or not; not owned
    /// @throws std::bad_alloc
    TlsSocket(SSL_CTX& context, int descriptor);
    ~TlsSocket();
    TlsSocket(const TlsSocket&) = delete;
    TlsSocket& operator=(const TlsSocket&) = delete;

    Outcome handshake();
    /// Reads at most one record.
    Read read(char* into, std::size_t size);
    /// @param bytes  at most most_bytes of them
    /// @return false where the connection has failed
    bool write(std::string_view bytes);
    bool has_unsent() const noexcept { return !unsent_.empty(); }
    /// Gives the kernel what it did not take before. @return false where the connection has failed
    bool flush();
    /// Tells the peer that nothing more comes (close_notify).
    void end_sending();

    /// The socket may have something to read, after `wait`; a short read is not followed by another one until then.
    /// @param hung_up  reading comes to an end, which is not told again
    void readable(bool hung_up) noexcept;
    /// Its descriptor is closed, or somebody else's: from now on all fails.
    void forget_descriptor() noexcept { descriptor_ = -1; }

    /// What failed, in OpenSSL's words; nothing of what was sent.
    std::string_view failure() const noexcept { return failure_; }
    /// After the handshake: whom the peer's certificate names, if it has one.
    std::optional<std::string> peer_subject() const;

 private:
    friend struct TlsSocketBio;

    struct Free {
        void operator()(SSL* ssl) const noexcept;
    };

    int take(const char* bytes, std::size_t size);
    /// @return what the kernel took; nothing where the connection has failed
    std::optional<std::size_t> send(const char* bytes, std::size_t size);
    int receive(char* into, std::size_t size);
    void before_call() noexcept;
    Outcome outcome_of(int returned);

    std::unique_ptr<SSL, Free> ssl_;
    std::string unsent_;
    const char* failure_ = "";
    int descriptor_;
    bool hung_up_ : 1 = false;
    bool drained_ : 1 = false;  // the socket, until readable()
    bool starved_ : 1 = false;  // the current call asked for more than there was
    bool at_end_ : 1 = false;
};

}  // namespace chanx::detail
