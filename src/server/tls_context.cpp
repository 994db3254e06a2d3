#include "server/tls_context.hpp"

#include <chanx/error.hpp>
#include <chanx/logging.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "server/descriptor.hpp"

namespace chanx::detail {

namespace {

/// Forward secrecy and authenticated encryption only; those of TLS 1.3 all have both.
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
/// How long a ticket resumes a session.
constexpr long ticket_seconds = 2 * 60 * 60;
/// What a client may send of certificates.
constexpr long client_chain_bytes = 32 * 1024;

/// Why OpenSSL failed, from the first of its errors: later ones name only who was told. Nothing of a file's contents.
/// @param holds  what a file should hold; empty where it is about none
std::string reason(std::string_view holds = {}) {
    const unsigned long code = ERR_peek_error();
    const bool is_other_text = (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE) ||
                               ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
    const char* const text = is_other_text ? nullptr : ERR_reason_error_string(code);
    if (text != nullptr) return text;
    return holds.empty() ? "it can't be used" : "it holds no " + std::string(holds) + " in PEM form";
}

/// `the TLS key file "key.pem"`. A file's name stays in its line.
std::string named(std::string_view what, const std::string& file) {
    std::string text = "the TLS " + std::string(what) + " file \"";
    for (const char c : file) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return text + "\"";
}

/// @return its mode
mode_t check_readable(std::string_view what, const std::string& file) {
    if (file.empty()) throw ConfigurationError("TLS needs a " + std::string(what) + " file, and none is named");
    // Without waiting, for it may be a pipe.
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const auto refuse = [&](const std::string& why) {
        throw ConfigurationError("can't read " + named(what, file) + ": " + why);
    };
    if (descriptor.get() < 0) refuse(std::generic_category().message(errno));
    struct stat status{};
    if (::fstat(descriptor.get(), &status) != 0) refuse(std::generic_category().message(errno));
    if (!S_ISREG(status.st_mode)) refuse("it is no regular file");
    return status.st_mode;
}

/// Nobody is there to be asked.
int no_passphrase(char*, int, int, void*) { return -1; }

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    static constexpr std::array<unsigned char, 9> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* found = nullptr;
    const int outcome = SSL_select_next_proto(&found, size, ours.data(), ours.size(), offered, offered_size);
    *chosen = found;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void use_certificate(SSL_CTX& context, const std::string& file) {
    check_readable("certificate", file);
    if (SSL_CTX_use_certificate_chain_file(&context, file.c_str()) != 1) {
        throw ConfigurationError("can't use " + named("certificate", file) + ": " + reason("certificate"));
    }
    const X509* const certificate = SSL_CTX_get0_certificate(&context);
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
        log(LogLevel::warn, "the TLS certificate has expired: clients will refuse it", {{"file", file}});
    } else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
        log(LogLevel::warn, "the TLS certificate is not valid yet: clients will refuse it", {{"file", file}});
    }
}

void use_key(SSL_CTX& context, const TlsOptions& options) {
    const std::string& file = options.key_file;
    const mode_t mode = check_readable("key", file);
    if ((mode & S_IROTH) != 0) {
        log(LogLevel::warn, "everybody on this machine may read the TLS key: chmod o-r", {{"file", file}});
    }
    const bool used = SSL_CTX_use_PrivateKey_file(&context, file.c_str(), SSL_FILETYPE_PEM) == 1;
    const unsigned long code = ERR_peek_last_error();
    const bool other_key = !used && ERR_GET_LIB(code) == ERR_LIB_X509;
    // A key of another kind than the certificate's is taken at first.
    if (other_key || (used && SSL_CTX_check_private_key(&context) != 1)) {
        throw ConfigurationError(named("key", file) + " does not match " + named("certificate", options.certificate_file));
    }
    if (used) return;
    const std::string other = reason("key");
    bool encrypted = false;
    while (const unsigned long error = ERR_get_error()) {
        encrypted = encrypted || ERR_GET_REASON(error) == PEM_R_BAD_PASSWORD_READ ||
                    ERR_GET_REASON(error) == ERR_R_INTERRUPTED_OR_CANCELLED;
    }
    throw ConfigurationError("can't use " + named("key", file) + ": " +
                             (encrypted ? "it has a passphrase, which a server can't ask for" : other));
}

void ask_for_certificates(SSL_CTX& context, const TlsOptions& options) {
    if (options.client_certificates == ClientCertificates::none) {
        if (!options.client_ca_file.empty()) {
            throw ConfigurationError("TlsOptions::client_ca_file is set, but client_certificates is none: make it optional or required");
        }
        return;
    }
    const std::string& file = options.client_ca_file;
    check_readable("client authority", file);
    STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file.c_str());
    if (names == nullptr || SSL_CTX_load_verify_file(&context, file.c_str()) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        throw ConfigurationError("can't use " + named("client authority", file) + ": " + reason("certificate"));
    }
    SSL_CTX_set_client_CA_list(&context, names);
    int mode = SSL_VERIFY_PEER;
    if (options.client_certificates == ClientCertificates::required) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(&context, mode, nullptr);
    SSL_CTX_set_max_cert_list(&context, client_chain_bytes);
    // A certificate is checked in each handshake; a ticket would stand for it until it expires itself.
    SSL_CTX_set_options(&context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(&context, 0);
}

}  // namespace

std::shared_ptr<SSL_CTX> make_tls_context(const TlsOptions& options) {
    ERR_clear_error();
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) throw ConfigurationError("OpenSSL can't be used for TLS: " + reason());
    SSL_CTX& made = *context;
    if (SSL_CTX_set_min_proto_version(&made, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(&made, tls12_ciphers) != 1) {
        throw ConfigurationError("OpenSSL can't be used for TLS: " + reason());
    }
    // Not all peers say close_notify, and both protocols above tell themselves where a message ends.
    SSL_CTX_set_options(&made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    // A connection that waits owns no buffers; and one call reads one record, so that none can keep the loop.
    SSL_CTX_set_mode(&made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(&made, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(&made, 1);
    // Sessions are kept by clients, in tickets; here they would need memory.
    SSL_CTX_set_session_cache_mode(&made, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(&made, ticket_seconds);
    SSL_CTX_set_num_tickets(&made, 1);
    static constexpr unsigned char sessions_of[] = "chanx";
    SSL_CTX_set_session_id_context(&made, sessions_of, sizeof sessions_of - 1);
    SSL_CTX_set_alpn_select_cb(&made, &choose_protocol, nullptr);
    SSL_CTX_set_default_passwd_cb(&made, &no_passphrase);
    use_certificate(made, options.certificate_file);
    use_key(made, options);
    ask_for_certificates(made, options);
    ERR_clear_error();
    return context;
}

TlsKeeper::TlsKeeper(TlsOptions options) : options_(std::move(options)), context_(make_tls_context(options_)) {}

std::shared_ptr<SSL_CTX> TlsKeeper::current() const {
    const std::lock_guard lock(mutex_);
    return context_;
}

bool TlsKeeper::reload() {
    try {
        auto fresh = make_tls_context(options_);
        const std::lock_guard lock(mutex_);
        context_ = std::move(fresh);
    } catch (const std::exception& error) {
        log(LogLevel::error, "TLS files were not reloaded, those read before stay in use", {{"what", error.what()}});
        return false;
    }
    log(LogLevel::info, "TLS files reloaded", {{"certificate", options_.certificate_file}});
    return true;
}

}  // namespace chanx::detail
