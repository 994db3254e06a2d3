#pragma once

// Consumers that stream, whose hooks a test writes.

#include "consumer/session.hpp"
#include "consumer/websocket_connection.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace streaming {

using namespace std::chrono_literals;
using chanx::awaitable;
using chanx::BinaryPart;
using chanx::BinaryWriter;
using chanx::CloseReason;

class Consumer;

/// A test's hooks, in the application's state, and what happened.
struct Script {
    std::function<chanx::StreamingOptions()> options;
    std::function<awaitable<>(Consumer&, const BinaryPart&)> part;
    std::function<awaitable<>(Consumer&, std::string)> text;
    std::vector<BinaryPart> parts;
    std::vector<std::string> trace;
    /// What on_disconnect was told, and whether a message was cut off.
    std::vector<CloseReason> ends;
    bool cut_off = false;
    /// A writer that outlives its connection.
    std::unique_ptr<BinaryWriter> kept;

    /// The messages that the parts make; checks that they fit together.
    std::vector<std::string> messages() const {
        std::vector<std::string> whole;
        bool inside = false;
        for (const auto& each : parts) {
            CHECK(each.first == !inside);
            if (!inside) whole.emplace_back();
            CHECK(each.offset == whole.back().size());
            CHECK((each.last || !each.data.empty()));
            whole.back() += each.data;
            inside = !each.last;
        }
        return whole;
    }
};

class Consumer final : public chanx::StreamingConsumer {
  public:
    using WebsocketConsumer::begin_binary;
    using WebsocketConsumer::close;
    using WebsocketConsumer::flush;
    using WebsocketConsumer::send_binary;
    using WebsocketConsumer::send_text;
    using WebsocketConsumer::spawn;

    Script& script() const { return scope().state<Script>(); }
    void note(std::string text) const { script().trace.push_back(std::move(text)); }
    /// The input that is held for this connection.
    std::size_t input_bytes() const {
        return static_cast<const chanx::detail::WebsocketConnection&>(session().transport()).input_bytes();
    }
    std::size_t outbox_bytes() const { return session().transport().outbox_bytes(); }
    std::size_t held_bytes() const { return session().transport().held_bytes(); }

  private:
    chanx::StreamingOptions streaming_options() const override {
        return script().options ? script().options() : StreamingConsumer::streaming_options();
    }
    awaitable<> receive_binary_part(BinaryPart part) override {
        script().parts.push_back(part);
        if (script().part) co_await script().part(*this, part);
    }
    awaitable<> receive_text(std::string text) override {
        note("text " + text.substr(0, 20));
        if (script().text) co_await script().text(*this, std::move(text));
    }
    awaitable<> on_disconnect(CloseReason reason) override {
        script().ends.push_back(std::move(reason));
        script().cut_off = inside_binary_message();
        co_return;
    }
};

struct Fixture : WithLog, chanx::testing::WebsocketFixture {
    explicit Fixture(chanx::Settings settings = {})
        : WebsocketFixture(make(std::move(settings))), script(application().states().get<Script>()) {}

    static std::unique_ptr<chanx::Application> make(chanx::Settings settings) {
        auto application = std::make_unique<chanx::Application>(
            chanx::Router{chanx::path("", chanx::consumer<Consumer>())}, std::move(settings));
        application->state(std::make_shared<Script>());
        return application;
    }
    chanx::testing::WebsocketCommunicator connected() {
        auto client = communicator();
        client.connect();
        app().run_until_idle();
        return client;
    }

    Script& script;
};

/// Bytes that differ from place to place.
inline std::string payload_of(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
    return bytes;
}

}  // namespace streaming
