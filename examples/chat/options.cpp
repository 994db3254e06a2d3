#include "chat/options.hpp"

#include <chanx/version.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace chat {

namespace {

/// The chat's pages come over HTTP; any other scheme is a mistake.
std::string check_origin(const std::string& origin) {
    std::string start = origin.substr(0, 8);
    std::ranges::transform(start, start.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (origin == "*" || start.starts_with("http://") || start.starts_with("https://")) return {};
    return "'" + origin + "' is no origin of a page: it begins with https:// or http://, e.g. https://chat.example";
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
    Options options;
    CLI::App app("Chanx Chat: rooms to chat in, over WebSocket.", "chat");
    app.set_version_flag("--version", std::string("chat ") + chanx::version());
    app.add_option("--address", options.address, "Address to listen on")->capture_default_str();
    app.add_option("--port", options.port, "Port to listen on; 0 picks a free one")
        ->check(CLI::Range(0, 65535))
        ->capture_default_str();
    app.add_option("--database", options.database, "SQLite file, made where it is missing")
        ->capture_default_str();
    app.add_option(
           "--redis", options.redis,
           "Redis that joins processes with the same database, e.g. redis://127.0.0.1:6379; with a password "
           "rather by the environment")
        ->envname("CHAT_REDIS");
    app.add_option(
           "--allowed-origin", options.allowed_origins,
           "Origin whose pages may use the chat, besides its own, e.g. https://chat.example; repeatable")
        ->expected(1)
        ->take_all()
        ->check(&check_origin);
    app.add_option("--allowed-host", options.allowed_hosts,
                   "Name under which the chat is reached, e.g. chat.example or *.example; requests for another "
                   "one are refused; repeatable. Without it any will do")
        ->expected(1)
        ->take_all();
    app.add_option("--trusted-proxy", options.trusted_proxies,
                   "Proxy that is believed on its clients' addresses and TLS (X-Forwarded-For, "
                   "X-Forwarded-Proto): an "
                   "address or a network, e.g. 127.0.0.1 or 10.0.0.0/8; repeatable")
        ->expected(1)
        ->take_all();
    app.add_option("--threads", options.threads, "Threads that serve connections; 0: one for each processor")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    app.add_option("--log-level", options.log_level,
                   "How much is logged: trace, debug, info, warn, error, off")
        ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
        ->capture_default_str();
    app.add_option("--log-format", options.log_format, "What a log line looks like: text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    app.add_option(
           "--operations-port", options.operations_port,
           "Port for /healthz and /metrics, which are for those who run the chat; 0 picks a free one; "
           "without it there are none")
        ->check(CLI::Range(0, 65535));
    app.add_option("--operations-address", options.operations_address, "Address that port is on")
        ->capture_default_str();
    app.add_flag("--secure-cookies", options.secure_cookies,
                 "Cookies over TLS only: for a server behind a proxy that does TLS");
    auto* const certificate = app.add_option("--tls-certificate", options.tls_certificate,
                                             "PEM file with the certificate and those that it was signed with: "
                                             "the chat speaks TLS; read again on SIGHUP");
    auto* const key =
        app.add_option("--tls-key", options.tls_key, "PEM file with the key of --tls-certificate");
    certificate->needs(key);
    key->needs(certificate);
    app.add_option("--tls-client-ca", options.tls_client_ca,
                   "PEM file with authorities: clients may show a certificate that one of them has signed")
        ->needs(certificate);
    app.add_flag("--compression", options.compression,
                 "Messages are compressed for browsers that offer it: less to send, more to compute");
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        return {.exit_code = app.exit(asked)};
    } catch (const CLI::ParseError& error) {
        std::string line = error.what();
        std::ranges::replace(line, '\n', ' ');
        std::fprintf(stderr, "chat: %s (see --help)\n", line.c_str());
        return {.exit_code = 2};
    }
    return {.options = std::move(options)};
}

}  // namespace chat
