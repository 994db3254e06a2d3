// What the tests of TLS talk to: an echo at /, and what the server knows of a connection at /facts.

#include <chanx/chanx.hpp>

#include <CLI/CLI.hpp>

#include <malloc.h>

#include <charconv>
#include <cstdio>
#include <map>
#include <string>

namespace {

std::string facts_of(const chanx::Scope& scope) {
    std::string text = scope.secure() ? "secure" : "plain";
    text += ' ';
    text += scope.client_certificate_subject().value_or("-");
    return text;
}

/// Echoes; "flood N BYTES" is answered with N messages of so many bytes, "facts" with what is known.
class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        if (text == "facts") {
            send_text(facts_of(scope()));
        } else if (text.starts_with("flood ")) {
            flood(std::string_view(text).substr(6));
        } else {
            send_text(text);
        }
        co_return;
    }
    chanx::awaitable<> receive_binary(std::string data) override {
        send_binary(data);
        co_return;
    }

    void flood(std::string_view how) {
        std::size_t count = 0;
        std::size_t bytes = 0;
        const auto first = std::from_chars(how.data(), how.data() + how.size(), count);
        std::from_chars(first.ptr + 1, how.data() + how.size(), bytes);
        const std::string message(bytes, 'x');
        for (std::size_t i = 0; i < count; ++i) send_text(message);
    }
};

chanx::awaitable<chanx::Response> show_facts(chanx::Request request) {
    co_return chanx::Response::text(facts_of(request.scope()));
}

/// Bytes of heap in use.
chanx::awaitable<chanx::Response> show_heap(chanx::Request) {
    co_return chanx::Response::text(std::to_string(mallinfo2().uordblks));
}

chanx::awaitable<chanx::Response> echo_body(chanx::Request request) {
    co_return chanx::Response::text(std::string(request.body()));
}

}  // namespace

int main(int argc, char** argv) {
    chanx::ServerOptions options{.port = 0, .threads = 1};
    chanx::TlsOptions tls;
    std::size_t handshake_milliseconds = 10'000;
    std::size_t max_outbox = std::size_t{16} << 20;
    std::string level = "debug";
    CLI::App cli("A server for tests of TLS.", "tls_server");
    cli.add_option("--port", options.port);
    cli.add_option("--certificate", tls.certificate_file);
    cli.add_option("--key", tls.key_file);
    cli.add_option("--client-ca", tls.client_ca_file);
    const std::map<std::string, chanx::ClientCertificates> kinds{{"none", chanx::ClientCertificates::none},
                                                                 {"optional", chanx::ClientCertificates::optional},
                                                                 {"required", chanx::ClientCertificates::required}};
    cli.add_option("--client-certificates", tls.client_certificates)->transform(CLI::CheckedTransformer(kinds));
    cli.add_option("--handshake-timeout", handshake_milliseconds);
    cli.add_option("--max-outbox", max_outbox);
    cli.add_option("--log-level", level);
    CLI11_PARSE(cli, argc, argv);
    if (!tls.certificate_file.empty()) options.tls = tls;
    try {
        chanx::set_log_level(chanx::parse_log_level(level));
        chanx::Application application(
            {chanx::path("", chanx::consumer<Echo>()), chanx::path("facts", chanx::get(show_facts)),
             chanx::path("heap", chanx::get(show_heap)), chanx::path("body", chanx::post(echo_body))},
            {.max_message_size = std::size_t{8} << 20,
             .max_outbox_bytes = max_outbox,
             .max_request_body = std::size_t{8} << 20,
             .tls_handshake_timeout = std::chrono::milliseconds(handshake_milliseconds)});
        chanx::Server server(application, options);
        std::printf("listening on %s\n", server.url().c_str());
        std::fflush(stdout);
        server.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tls_server: %s\n", error.what());
        return 1;
    }
    return 0;
}
