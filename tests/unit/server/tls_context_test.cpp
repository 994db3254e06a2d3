#include "server/tls_context.hpp"

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/error.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace {

using chanx::ClientCertificates;
using chanx::ConfigurationError;
using chanx::TlsOptions;
using chanx::detail::make_tls_context;
using chanx::detail::TlsKeeper;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

Key ec_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

/// A folder with a certificate and its key.
struct TlsFiles {
    TlsFiles() {
        std::string pattern = (std::filesystem::temp_directory_path() / "chanx-tls-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        folder = pattern;
        write_pair(ec_key());
    }
    ~TlsFiles() { std::filesystem::remove_all(folder); }
    TlsFiles(const TlsFiles&) = delete;
    TlsFiles& operator=(const TlsFiles&) = delete;

    std::string path(const std::string& name) const { return (folder / name).string(); }
    TlsOptions options() const { return {.certificate_file = path("certificate.pem"), .key_file = path("key.pem")}; }

    std::string write_text(const std::string& name, const std::string& text) const {
        const File file(std::fopen(path(name).c_str(), "w"), std::fclose);
        REQUIRE(file);
        REQUIRE(std::fwrite(text.data(), 1, text.size(), file.get()) == text.size());
        return path(name);
    }
    void write_pair(const Key& key) const {
        write_certificate(key);
        write_key("key.pem", key);
    }
    /// @param from, until  seconds from now
    void write_certificate(const Key& key, long from = -60, long until = 3600) const {
        const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
        X509_set_version(made.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), from);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), until);
        X509_NAME* const name = X509_get_subject_name(made.get());
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
        X509_set_issuer_name(made.get(), name);
        X509_set_pubkey(made.get(), key.get());
        REQUIRE(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
        const File file(std::fopen(path("certificate.pem").c_str(), "w"), std::fclose);
        REQUIRE(PEM_write_X509(file.get(), made.get()) == 1);
    }
    std::string write_key(const std::string& name, const Key& key, const char* passphrase = nullptr) const {
        const File file(std::fopen(path(name).c_str(), "w"), std::fclose);
        const auto* const text = reinterpret_cast<const unsigned char*>(passphrase);
        REQUIRE(PEM_write_PrivateKey(file.get(), key.get(), passphrase != nullptr ? EVP_aes_256_cbc() : nullptr, text,
                                     passphrase != nullptr ? 6 : 0, nullptr, nullptr) == 1);
        REQUIRE(::chmod(path(name).c_str(), 0600) == 0);
        return path(name);
    }

    std::filesystem::path folder;
};

/// What is said of the options, which must be one line.
std::string refusal_of(const TlsOptions& options) {
    try {
        make_tls_context(options);
    } catch (const ConfigurationError& error) {
        const std::string text = error.what();
        CHECK(text.find('\n') == std::string::npos);
        return text;
    }
    return "none";
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a certificate with its key is used, quietly", "[tls]") {
    const TlsFiles files;
    const LogCapture log;
    const auto context = make_tls_context(files.options());
    CHECK(SSL_CTX_get_min_proto_version(context.get()) == TLS1_2_VERSION);
    CHECK(log.lines().empty());
}

TEST_CASE("files that can't be read are named with the reason", "[tls]") {
    const TlsFiles files;
    auto options = files.options();
    options.certificate_file = files.path("missing.pem");
    CHECK(refusal_of(options) == "can't read the TLS certificate file \"" + files.path("missing.pem") +
                                     "\": No such file or directory");
    options.certificate_file = files.folder.string();
    CHECK(holds(refusal_of(options), "\": it is no regular file"));
    options.certificate_file.clear();
    CHECK(refusal_of(options) == "TLS needs a certificate file, and none is named");

    options = files.options();
    options.key_file = files.path("no\nkey.pem");
    CHECK(holds(refusal_of(options), "can't read the TLS key file \"" + files.path("no?key.pem") + "\": No such"));
    options.key_file.clear();
    CHECK(refusal_of(options) == "TLS needs a key file, and none is named");
}

TEST_CASE("files that hold something else are named with the reason, never with what they hold", "[tls]") {
    const TlsFiles files;
    auto options = files.options();
    options.certificate_file = files.write_text("other.pem", "a secret");
    CHECK(refusal_of(options) == "can't use the TLS certificate file \"" + files.path("other.pem") +
                                     "\": it holds no certificate in PEM form");
    options.certificate_file = options.key_file;
    CHECK(holds(refusal_of(options), "it holds no certificate in PEM form"));

    options = files.options();
    options.key_file = files.write_text("other.key", "a secret");
    CHECK(refusal_of(options) ==
          "can't use the TLS key file \"" + files.path("other.key") + "\": it holds no key in PEM form");
    options.key_file = options.certificate_file;
    CHECK(holds(refusal_of(options), "it holds no key in PEM form"));
    options.key_file = files.write_key("locked.key", ec_key(), "secret");
    CHECK(holds(refusal_of(options), "it has a passphrase, which a server can't ask for"));
}

TEST_CASE("a key must be the certificate's", "[tls]") {
    const TlsFiles files;
    auto options = files.options();
    const std::string certificate = "the TLS certificate file \"" + options.certificate_file + "\"";
    options.key_file = files.write_key("other.key", ec_key());
    CHECK(refusal_of(options) == "the TLS key file \"" + options.key_file + "\" does not match " + certificate);
    // Of another kind.
    options.key_file = files.write_key("rsa.key", Key(EVP_RSA_gen(2048), EVP_PKEY_free));
    CHECK(refusal_of(options) == "the TLS key file \"" + options.key_file + "\" does not match " + certificate);
}

TEST_CASE("authorities of clients and asking for certificates go together", "[tls]") {
    const TlsFiles files;
    auto options = files.options();
    options.client_ca_file = options.certificate_file;
    CHECK(holds(refusal_of(options), "client_certificates is none"));
    options.client_certificates = ClientCertificates::optional;
    CHECK(refusal_of(options) == "none");
    CHECK(SSL_CTX_get_verify_mode(make_tls_context(options).get()) == SSL_VERIFY_PEER);
    options.client_certificates = ClientCertificates::required;
    CHECK(SSL_CTX_get_verify_mode(make_tls_context(options).get()) ==
          (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT));

    options.client_ca_file.clear();
    CHECK(refusal_of(options) == "TLS needs a client authority file, and none is named");
    options.client_ca_file = files.write_text("empty.pem", "");
    CHECK(refusal_of(options) == "can't use the TLS client authority file \"" + options.client_ca_file +
                                     "\": it holds no certificate in PEM form");
}

TEST_CASE("a certificate that does not hold today is warned of", "[tls]") {
    const TlsFiles files;
    const Key key = ec_key();
    files.write_pair(key);
    const LogCapture log;
    files.write_certificate(key, -7200, -3600);
    make_tls_context(files.options());
    CHECK(log.count("the TLS certificate has expired") == 1);
    files.write_certificate(key, 3600, 7200);
    make_tls_context(files.options());
    CHECK(log.count("the TLS certificate is not valid yet") == 1);
    CHECK(holds(log.lines().front(), files.path("certificate.pem")));
    CHECK(log.lines().size() == 2);
}

TEST_CASE("a key that everybody may read is warned of", "[tls]") {
    const TlsFiles files;
    REQUIRE(::chmod(files.path("key.pem").c_str(), 0644) == 0);
    const LogCapture log;
    make_tls_context(files.options());
    CHECK(log.count("everybody on this machine may read the TLS key") == 1);
}

TEST_CASE("files are read again, and bad ones leave those read before in use", "[tls]") {
    const TlsFiles files;
    TlsKeeper keeper(files.options());
    const auto first = keeper.current();
    const LogCapture log;
    files.write_key("key.pem", ec_key());
    CHECK_FALSE(keeper.reload());
    CHECK(keeper.current() == first);
    CHECK(holds(log.line("TLS files were not reloaded"), "level=error"));
    CHECK(holds(log.line("TLS files were not reloaded"), files.path("key.pem")));
    files.write_pair(ec_key());
    CHECK(keeper.reload());
    CHECK(keeper.current() != first);
    CHECK(log.count("TLS files reloaded") == 1);
}
