#include "chat/application.hpp"
#include "chat/options.hpp"

#include <chanx/error.hpp>
#include <chanx/http/origin.hpp>
#ifdef CHAT_HAS_REDIS
#include <chanx/layer/redis_layer.hpp>
#endif
#include <chanx/logging.hpp>
#ifdef CHAT_HAS_METRICS
#include <chanx/metrics/metrics.hpp>
#endif
#include <chanx/server/operations.hpp>
#include <chanx/server/server.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace {

void warn_without_origins(const chat::Options& options, std::uint16_t port) {
    const bool has_own = chanx::AllowedOrigins().add_bound({options.address, port}, chanx::UriScheme::http);
    if (has_own || !options.allowed_origins.empty()) return;
    chanx::log(chanx::LogLevel::warn,
               "no page may connect: a wildcard address has no origin, so give --allowed-origin",
               {{"address", options.address}});
}

chat::LayerFactory layer_factory(const std::string& redis) {
    if (redis.empty()) return nullptr;
#ifdef CHAT_HAS_REDIS
    return [redis](const std::string& database_id) {
        return chanx::make_redis_layer({.url = redis, .prefix = "chat:" + database_id + ":"});
    };
#else
    throw chanx::ConfigurationError("--redis: this chat was built without Redis, for hiredis was not found");
#endif
}

std::unique_ptr<chanx::OperationsServer> make_operations(chanx::Application& application,
                                                         const chat::Options& options) {
    if (!options.operations_port) return nullptr;
    chanx::OperationsOptions operations{.address = options.operations_address,
                                        .port = *options.operations_port};
#ifdef CHAT_HAS_METRICS
    operations.metrics = &chanx::render_metrics;
#else
    chanx::log(chanx::LogLevel::warn, "no /metrics: this chat was built without prometheus-cpp");
#endif
    return std::make_unique<chanx::OperationsServer>(application, std::move(operations));
}

std::optional<chanx::TlsOptions> tls_of(const chat::Options& options) {
    if (options.tls_certificate.empty()) return std::nullopt;
    return chanx::TlsOptions{
        .certificate_file = options.tls_certificate,
        .key_file = options.tls_key,
        .client_ca_file = options.tls_client_ca,
        .client_certificates = options.tls_client_ca.empty() ? chanx::ClientCertificates::none
                                                             : chanx::ClientCertificates::optional,
    };
}

void serve(const chat::Options& options) {
    chanx::set_log_format(chanx::parse_log_format(options.log_format));
    chanx::set_log_level(chanx::parse_log_level(options.log_level));
    const auto application = chat::make_application({
        .services = {.store = {.path = options.database},
                     .secure_cookies = options.secure_cookies ? chat::SecureCookies::always
                                                              : chat::SecureCookies::over_tls},
        .allowed_origins = options.allowed_origins,
        .allowed_hosts = options.allowed_hosts,
        .trusted_proxies = options.trusted_proxies,
        .compression = {.enabled = options.compression},
        .layer = layer_factory(options.redis),
    });
    chanx::Server server(*application,
                         {.address = options.address,
                          .port = options.port,
                          .threads = options.threads,
                          .tls = tls_of(options)});
    warn_without_origins(options, server.port());
    const auto operations = make_operations(*application, options);
    std::printf("Chat listening on %s\n", server.url().c_str());
    if (operations) std::printf("Operations on %s\n", operations->url().c_str());
    std::fflush(stdout);
    server.run();
}

}  // namespace

int main(int argc, char** argv) {
    // Who reads the log may go away; the chat stays.
    std::signal(SIGPIPE, SIG_IGN);
    const chat::ParsedOptions parsed = chat::parse_options(argc, argv);
    if (!parsed.options) return parsed.exit_code;
    try {
        serve(*parsed.options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "chat: %s\n", error.what());
        return 1;
    }
    return 0;
}
