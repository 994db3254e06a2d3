#include <chanx/compression.hpp>

#include "support/scripted_consumer.hpp"

// A consumer is the same with compression and without.

using namespace scripted;

namespace {

class Echo final : public chanx::WebsocketConsumer {
    chanx::awaitable<> receive_text(std::string text) override {
        send_text(text);
        co_return;
    }
    chanx::awaitable<> receive_binary(std::string data) override {
        send_binary(data);
        co_return;
    }
};
struct Streamed {
    std::string data;
    int parts = 0;
};
class Streaming final : public chanx::StreamingConsumer {
    chanx::StreamingOptions streaming_options() const override {
        return {.max_message_size = 100'000, .max_part_size = 1000};
    }
    chanx::awaitable<> receive_binary_part(chanx::BinaryPart part) override {
        if (part.first) streamed_ = {};
        streamed_.data += part.data;
        ++streamed_.parts;
        if (part.last)
            send_text(std::to_string(streamed_.parts) + " parts, " + std::to_string(streamed_.data.size()));
        co_return;
    }
    Streamed streamed_;
};
class Compressing final : public chanx::JsonWebsocketConsumer<void, chanx::Compression<>> {};
class Plain final
    : public chanx::JsonWebsocketConsumer<void,
                                          chanx::Compression<chanx::CompressionOptions{.enabled = false}>> {};

struct CompressionFixture : WithLog, chanx::testing::WebsocketFixture {
    explicit CompressionFixture(chanx::Settings settings = {.compression = {.enabled = true}})
        : WebsocketFixture(std::make_unique<chanx::Application>(
                               chanx::Router{chanx::path("echo/", chanx::consumer<Echo>()),
                                             chanx::path("streaming/", chanx::consumer<Streaming>()),
                                             chanx::path("compressing/", chanx::consumer<Compressing>()),
                                             chanx::path("plain/", chanx::consumer<Plain>())},
                               std::move(settings)),
                           {}) {}

    chanx::testing::ConnectResult connect(std::string path, bool offered) {
        auto client = app().communicator(std::move(path), {.compression = offered});
        const auto result = client.connect();
        client.disconnect();
        return result;
    }
};

}  // namespace

TEST_CASE_METHOD(CompressionFixture, "an echo echoes the same, compressed or not", "[compression]") {
    for (const bool compression : {false, true}) {
        auto client = app().communicator("/echo/", {.compression = compression});
        CHECK(client.connect().compressed == compression);
        for (const std::size_t size : {0U, 1U, 125U, 126U, 255U, 256U, 257U, 65535U, 65536U, 1000000U}) {
            std::string text(size, 'x');
            for (std::size_t i = 0; i < size; i += 7) text[i] = static_cast<char>('a' + i * i % 23);
            client.send_text(text);
            if (client.receive_text() != text) FAIL("a text of " << size << " bytes");
            client.send_binary(text);
            if (client.receive_binary() != text) FAIL("a message of " << size << " bytes");
        }
        client.send_ping("alive");
        CHECK(client.receive_pong() == "alive");
        client.disconnect();
    }
}

TEST_CASE_METHOD(CompressionFixture, "a consumer that takes parts gets a compressed message in parts too",
                 "[compression][streaming]") {
    const std::string data(50'500, 'x');
    auto client = app().communicator("/streaming/", {.compression = true});
    CHECK(client.connect().compressed);
    client.send_binary(data);
    CHECK(client.receive_text() == "51 parts, 50500");
    client.send_binary("short");
    CHECK(client.receive_text() == "1 parts, 5");
    client.send_binary(std::string(100'001, 'x'));
    client.assert_closed(1009);
}

TEST_CASE_METHOD(CompressionFixture, "the bounds of messages are those of what they are uncompressed",
                 "[compression]") {
    auto client = app().communicator("/echo/", {.compression = true});
    client.connect();
    client.send_text(std::string((1 << 20) + 1, 'x'));
    client.assert_closed(1009);
}

TEST_CASE("compression needs a client that offers it and a consumer that has it on", "[compression]") {
    CompressionFixture off{chanx::Settings{}};
    CHECK_FALSE(off.connect("/echo/", true).compressed);
    CHECK(off.connect("/compressing/", true).compressed);
    CHECK_FALSE(off.connect("/compressing/", false).compressed);
    CompressionFixture on;
    CHECK(on.connect("/echo/", true).compressed);
    CHECK_FALSE(on.connect("/plain/", true).compressed);
    CHECK(on.log.count("Plain") == 0);
}

TEST_CASE("a group's members get the same message, with compression and without", "[compression][group]") {
    Fixture fixture(chanx::Settings{.send_completion = true, .compression = {.enabled = true}});
    fixture.script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        self.send_group_message(Said{std::move(text)});
        return nothing();
    };
    const std::string words(900, 'w');
    const auto in_room = [&](std::string user, bool compression) {
        auto client = fixture.app().communicator(
            fixture.ws_path, {.headers = {{"X-User", std::move(user)}}, .compression = compression});
        CHECK(client.connect().compressed == compression);
        client.receive_all_json();
        return client;
    };
    auto alice = in_room("alice", true);
    auto bob = in_room("bob", false);
    auto carol = in_room("carol", true);
    alice.send_message(Say{words});
    const std::string own = alice.receive_text();
    const std::string others = bob.receive_text();
    CHECK(own.find(words) != std::string::npos);
    CHECK(own.find(R"("is_mine":true)") != std::string::npos);
    CHECK(others.find(words) != std::string::npos);
    CHECK(others.find(R"("is_mine":false)") != std::string::npos);
    CHECK(carol.receive_text() == others);
}
