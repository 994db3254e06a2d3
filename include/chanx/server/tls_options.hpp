#pragma once

#include <cstdint>
#include <string>

namespace chanx {

/// Whether a server asks its clients for certificates of their own.
enum class ClientCertificates : std::uint8_t {
    /// It does not ask.
    none,
    /// It asks; a client without one is served too. A certificate that can't be trusted ends the handshake.
    optional,
    /// A client without a trusted certificate is not served.
    required,
};

/// TLS of a server (ServerOptions::tls): versions 1.2 and 1.3. The files are PEM, read when the server is made and
/// at each Server::reload_tls().
///
/// @code
/// chanx::Server server(application, {.port = 8443,
///                                    .tls = chanx::TlsOptions{.certificate_file = "chain.pem", .key_file = "key.pem"}});
/// @endcode
struct TlsOptions {
    /// The server's certificate, and behind it those of the authorities between it and one that clients know.
    std::string certificate_file{};
    /// The certificate's private key, without a passphrase.
    std::string key_file{};
    /// Authorities whose certificates are taken from clients; only for `optional` and `required`, and needed there.
    std::string client_ca_file{};
    ClientCertificates client_certificates = ClientCertificates::none;
};

}  // namespace chanx
