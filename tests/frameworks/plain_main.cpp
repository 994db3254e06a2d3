// Tests without a framework: a failed wait is an exception.

#include <chanx/testing/websocket_fixture.hpp>

#include <cstdio>
#include <stdexcept>

#include "echo.hpp"

// [docs:plain]
int main() {
    try {
        const auto application = make_echo();
        chanx::testing::TestApplication app(*application);
        auto client = app.communicator("/echo/");
        client.connect();
        client.assert_authenticated_status_ok();
        client.send_message(Echo{.payload = "hello"});
        if (client.receive_until_action("echo").back().at("payload") != "hello") throw std::runtime_error("no echo");
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        return 1;
    }
}
// [/docs:plain]
