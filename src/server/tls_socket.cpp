#include "server/tls_socket.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace chanx::detail {

namespace {

/// What may wait for the kernel: a record, and what the protocol itself answers a peer that does not read.
constexpr std::size_t most_unsent = std::size_t{64} << 10;

}  // namespace

/// OpenSSL's own one would raise SIGPIPE, and can't tell an empty socket from a record of the protocol's own.
struct TlsSocketBio {
    static TlsSocket& socket(BIO* bio) { return *static_cast<TlsSocket*>(BIO_get_data(bio)); }

    static int write(BIO* bio, const char* bytes, int size) {
        BIO_clear_retry_flags(bio);
        return socket(bio).take(bytes, static_cast<std::size_t>(size));
    }
    static int read(BIO* bio, char* into, int size) {
        BIO_clear_retry_flags(bio);
        const int count = socket(bio).receive(into, static_cast<std::size_t>(size));
        if (count < 0 && socket(bio).starved_) BIO_set_retry_read(bio);
        return count;
    }
    static long control(BIO* bio, int what, long, void*) {
        if (what == BIO_CTRL_FLUSH) return 1;
        return what == BIO_CTRL_EOF && socket(bio).at_end_ ? 1 : 0;
    }

    static const BIO_METHOD* method() {
        // Never freed: connections may end after static objects have.
        static const BIO_METHOD* const made = [] {
            BIO_METHOD* const fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "chanx socket");
            if (fresh == nullptr) throw std::bad_alloc();
            BIO_meth_set_write(fresh, &write);
            BIO_meth_set_read(fresh, &read);
            BIO_meth_set_ctrl(fresh, &control);
            return fresh;
        }();
        return made;
    }
};

void TlsSocket::Free::operator()(SSL* ssl) const noexcept { SSL_free(ssl); }

TlsSocket::TlsSocket(SSL_CTX& context, int descriptor) : ssl_(SSL_new(&context)), descriptor_(descriptor) {
    BIO* const bio = ssl_ ? BIO_new(TlsSocketBio::method()) : nullptr;
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
}

TlsSocket::~TlsSocket() = default;

std::optional<std::size_t> TlsSocket::send(const char* bytes, std::size_t size) {
    for (;;) {
        const ssize_t count = ::send(descriptor_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
        if (errno == EINTR) continue;
        failure_ = "the connection was reset";
        return std::nullopt;
    }
}

int TlsSocket::take(const char* bytes, std::size_t size) {
    std::size_t gone = 0;
    if (unsent_.empty()) {
        const auto count = send(bytes, size);
        if (!count) return -1;
        gone = *count;
    } else if (unsent_.size() + size > most_unsent) {
        failure_ = "the peer asks without reading the answers";
        return -1;
    }
    unsent_.append(bytes + gone, size - gone);
    return static_cast<int>(size);
}

bool TlsSocket::flush() {
    if (unsent_.empty()) return true;
    const auto count = send(unsent_.data(), unsent_.size());
    if (!count) return false;
    if (*count == unsent_.size()) {
        std::string().swap(unsent_);  // its memory, too
    } else {
        unsent_.erase(0, *count);
    }
    return true;
}

int TlsSocket::receive(char* into, std::size_t size) {
    if (drained_) {
        starved_ = true;
        return -1;
    }
    for (;;) {
        const ssize_t count = ::recv(descriptor_, into, size, MSG_DONTWAIT);
        if (count > 0) {
            // It has emptied the socket, and what comes next is told anew.
            drained_ = static_cast<std::size_t>(count) < size && !hung_up_;
            return static_cast<int>(count);
        }
        if (count == 0) {
            at_end_ = true;
            return 0;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            drained_ = starved_ = true;
        } else if (errno == EINTR) {
            continue;
        } else {
            failure_ = "the connection was reset";
        }
        return -1;
    }
}

void TlsSocket::readable(bool hung_up) noexcept {
    drained_ = false;
    hung_up_ = hung_up_ || hung_up;
}

void TlsSocket::before_call() noexcept {
    ERR_clear_error();  // others' errors would be taken for this call's
    starved_ = false;
}

TlsSocket::Outcome TlsSocket::outcome_of(int returned) {
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_NONE: return Outcome::done;
        case SSL_ERROR_WANT_READ: return starved_ ? Outcome::wait : Outcome::again;
        case SSL_ERROR_ZERO_RETURN: return Outcome::ended;
        default: break;
    }
    const unsigned long code = ERR_peek_error();
    if (code == 0) return at_end_ ? Outcome::ended : Outcome::failed;
    if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
        (ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST || ERR_GET_REASON(code) == SSL_R_HTTPS_PROXY_REQUEST)) {
        return Outcome::plain_http;
    }
    if (const char* const text = ERR_reason_error_string(code)) failure_ = text;
    ERR_clear_error();
    return Outcome::failed;
}

TlsSocket::Outcome TlsSocket::handshake() {
    before_call();
    return outcome_of(SSL_do_handshake(ssl_.get()));
}

TlsSocket::Read TlsSocket::read(char* into, std::size_t size) {
    before_call();
    std::size_t count = 0;
    const int returned = SSL_read_ex(ssl_.get(), into, size, &count);
    return {outcome_of(returned), count};
}

bool TlsSocket::write(std::string_view bytes) {
    before_call();
    std::size_t count = 0;
    const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    return outcome_of(returned) == Outcome::done && count == bytes.size();
}

void TlsSocket::end_sending() {
    if (SSL_is_init_finished(ssl_.get()) == 0) return;
    before_call();
    SSL_shutdown(ssl_.get());
}

std::optional<std::string> TlsSocket::peer_subject() const {
    X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return std::nullopt;
    const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), BIO_free);
    if (!text) throw std::bad_alloc();
    if (X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0) throw std::bad_alloc();
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return std::string(bytes, static_cast<std::size_t>(size));
}

}  // namespace chanx::detail
