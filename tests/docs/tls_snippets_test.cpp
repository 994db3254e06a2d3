#include <chanx/server/tls_options.hpp>

#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <memory>
#include <string>

namespace {

// [docs:known]
/// Says who the client's certificate names.
class Desk final : public chanx::WebsocketConsumer {
    chanx::awaitable<chanx::ConnectResponse> connect(const chanx::Scope& scope) override {
        if (!scope.client_certificate_subject()) co_return chanx::ConnectResponse::refuse(403, "A certificate is needed");
        co_return chanx::ConnectResponse::accept();
    }
    chanx::awaitable<> on_connect() override {
        send_text(scope().client_certificate_subject().value());
        co_return;
    }
};
// [/docs:known]

std::unique_ptr<chanx::Application> make_application() {
    return std::make_unique<chanx::Application>(chanx::Router{chanx::path("desk/", chanx::consumer<Desk>())});
}

// [docs:serve]
[[maybe_unused]] void serve_tls() {
    const auto application = make_application();
    chanx::Server server(*application, {.address = "0.0.0.0",
                                        .port = 8443,
                                        .tls = chanx::TlsOptions{.certificate_file = "/etc/desk/chain.pem",
                                                                 .key_file = "/etc/desk/key.pem",
                                                                 .client_ca_file = "/etc/desk/clients.pem",
                                                                 .client_certificates = chanx::ClientCertificates::optional}});
    server.run();
}
// [/docs:serve]

struct DeskFixture : chanx::testing::WebsocketFixture {
    DeskFixture() : WebsocketFixture(make_application()) {}
};

}  // namespace

TEST_CASE_METHOD(DeskFixture, "who has a certificate is known to the desk", "[docs]") {
    // [docs:test]
    auto alice = app().communicator("/desk/", {.client_certificate_subject = "CN=alice,O=Example"});
    CHECK(alice.connect().accepted);
    CHECK(alice.receive_text() == "CN=alice,O=Example");
    auto stranger = app().communicator("/desk/");
    CHECK(stranger.connect().status == 403);
    // [/docs:test]
}
