#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chat {

/// What the command line says.
struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8000;
    std::string database = "chat.sqlite3";
    std::string redis{};
    std::vector<std::string> allowed_origins{};
    std::vector<std::string> allowed_hosts{};
    std::vector<std::string> trusted_proxies{};
    unsigned threads = 0;
    std::string log_level = "info";
    std::string log_format = "text";
    std::string operations_address = "127.0.0.1";
    /// Nothing: there are no operations.
    std::optional<std::uint16_t> operations_port{};
    bool secure_cookies = false;
    /// TLS where there is a certificate; then there is a key, too.
    std::string tls_certificate{};
    std::string tls_key{};
    std::string tls_client_ca{};
    bool compression = false;
};

struct ParsedOptions {
    /// Empty where there is nothing more to do than to exit.
    std::optional<Options> options{};
    int exit_code = 0;
};

/// Answers --help and --version, and complains in one line on stderr.
ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace chat
