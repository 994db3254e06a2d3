#include "unit/consumer/streaming.hpp"

#include <chanx/consumer/binary_writer.hpp>
#include <chanx/testing/simulation.hpp>

// What else a connection sends while a message goes out in parts.

using namespace streaming;

namespace {

struct Tick {
    static constexpr std::string_view action = "tick";
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(Tick, (), (number))

/// A typed consumer that sends its group's messages and a file.
class Files final : public chanx::JsonWebsocketConsumer<void, chanx::GroupMessages<Tick>> {
    awaitable<std::vector<std::string>> build_groups() override { co_return std::vector<std::string>{"all"}; }
    awaitable<> post_authentication() override {
        spawn([this]() -> awaitable<> {
            auto out = begin_binary();
            for (int i = 1; i <= 3; ++i) {
                co_await out.write("part");
                send_group_message(Tick{i});
                co_await chanx::sleep_for(1s);
            }
            out.finish();
        });
        co_return;
    }
};

}  // namespace

TEST_CASE("group messages wait for the end of a member's message, and for no other member",
          "[consumer][writer]") {
    chanx::Application application({chanx::path("", chanx::consumer<Files>())});
    chanx::testing::TestApplication app(application, {.send_completion = false});
    auto alice = app.communicator("/");
    alice.connect();
    alice.assert_authenticated_status_ok();
    CHECK(alice.receive_binary(10s) == "partpartpart");
    for (int i = 1; i <= 3; ++i) CHECK(alice.receive_json().at("number") == i);
    auto bob = app.communicator("/");
    bob.connect();
    bob.assert_authenticated_status_ok();
    // At once, while bob's message lasts.
    CHECK(alice.receive_json().at("number") == 1);
    CHECK(bob.receive_binary_part().data == "part");
}

TEST_CASE("frames of other tasks are never mixed into a message, whatever runs first", "[consumer][writer]") {
    chanx::testing::for_each_seed(40, [](std::uint64_t) {
        // Before the fixture, whose end the hook may still use them at.
        const std::string payload = payload_of(300'000);
        const auto talk = [](Consumer& self) -> awaitable<> {
            for (int i = 0; i < 20; ++i) {
                self.send_text(std::to_string(i));
                co_await chanx::sleep_for(2ms);
            }
        };
        Fixture fixture;
        fixture.script.part = [&](Consumer& self, const BinaryPart&) -> awaitable<> {
            auto out = self.begin_binary();
            for (std::size_t i = 0; i < payload.size(); i += 10'000) {
                co_await out.write(std::string_view(payload).substr(i, 10'000));
                if (i == 0) self.spawn([&self, &talk] { return talk(self); });
                co_await chanx::sleep_for(1ms);
            }
            out.finish();
        };
        auto client = fixture.connected();
        client.send_binary("go");
        CHECK(client.receive_binary(10s) == payload);
        for (int i = 0; i < 20; ++i) CHECK(client.receive_text() == std::to_string(i));
        client.disconnect();
    });
}
