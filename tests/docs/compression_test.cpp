// What the reference shows of compression, compiled and run.

#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

namespace {

// [docs:compression]
class Feed final : public chanx::JsonWebsocketConsumer<void, chanx::Compression<>> {};

class Account final
    : public chanx::JsonWebsocketConsumer<void, chanx::Compression<chanx::CompressionOptions{.enabled = false}>> {};

chanx::Application make_application() {
    return chanx::Application(
        {chanx::path("feed/", chanx::consumer<Feed>()), chanx::path("account/", chanx::consumer<Account>())},
        {.compression = {.enabled = true, .level = 6}});
}
// [/docs:compression]

}  // namespace

TEST_CASE("compression is set for an application and for a consumer", "[docs]") {
    chanx::Application application = make_application();
    chanx::testing::TestApplication test(application);
    for (const auto& [path, compressed] : {std::pair("/feed/", true), std::pair("/account/", false)}) {
        auto client = test.communicator(path, {.compression = true});
        CHECK(client.connect().compressed == compressed);
        client.disconnect();
    }
}
