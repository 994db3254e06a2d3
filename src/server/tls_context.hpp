#pragma once

#include <chanx/server/tls_options.hpp>

#include <openssl/types.h>

#include <memory>
#include <mutex>

namespace chanx::detail {

/// What new TLS connections of a server are made with: the files of its options, read and checked.
/// Logs a warning where the certificate does not hold today, or everybody may read the key.
/// @throws ConfigurationError naming the file and the reason, in one line
std::shared_ptr<SSL_CTX> make_tls_context(const TlsOptions& options);

/// The context in use, which may be replaced while a server runs. From any thread.
class TlsKeeper {
 public:
    /// @throws ConfigurationError as make_tls_context()
    explicit TlsKeeper(TlsOptions options);

    std::shared_ptr<SSL_CTX> current() const;
    /// Reads the files again; where they can't be used, logs an error and keeps what was read before.
    /// @return whether new ones are in use
    bool reload();

 private:
    const TlsOptions options_;
    mutable std::mutex mutex_;
    std::shared_ptr<SSL_CTX> context_;
};

}  // namespace chanx::detail
