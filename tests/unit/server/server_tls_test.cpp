#include <chanx/server/tls_options.hpp>

#include "support/catch.hpp"

#include <chanx/app/application.hpp>
#include <chanx/error.hpp>
#include <chanx/routing/router.hpp>
#include <chanx/server/server.hpp>

namespace {

std::string refusal_of(chanx::ServerOptions options) {
    chanx::Application application(chanx::Router{});
    try {
        const chanx::Server server(application, std::move(options));
    } catch (const chanx::ConfigurationError& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("a server is not made where its TLS files can't be used", "[tls]") {
    const auto text = refusal_of({.port = 0, .tls = chanx::TlsOptions{.certificate_file = "/nowhere/chain.pem"}});
    CHECK(text == "can't read the TLS certificate file \"/nowhere/chain.pem\": No such file or directory");
}

TEST_CASE("TLS is for a server that listens", "[tls]") {
    const auto text = refusal_of({.port = 0,
                                  .connections = chanx::ConnectionSource::adopted,
                                  .tls = chanx::TlsOptions{.certificate_file = "/nowhere/chain.pem"}});
    CHECK(text.find("tls is for a server that listens") != std::string::npos);
}

TEST_CASE("without TLS there is nothing to reload", "[tls]") {
    chanx::Application application(chanx::Router{});
    chanx::Server server(application, {.port = 0, .threads = 1});
    CHECK_FALSE(server.reload_tls());
    CHECK(server.url().starts_with("http://"));
}
