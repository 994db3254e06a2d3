#include <chanx/consumer/websocket_consumer.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <stdexcept>
#include <string>

namespace {

using chanx::awaitable;
using chanx::ConnectResponse;

class Echo final : public chanx::WebsocketConsumer {
    awaitable<> receive_text(std::string text) override {
        send_text(text);
        co_return;
    }
    awaitable<> receive_binary(std::string data) override {
        send_binary(data);
        co_return;
    }
};

class Deaf final : public chanx::WebsocketConsumer {};

class Greeter final : public chanx::WebsocketConsumer {
    awaitable<> on_connect() override {
        send_text("hello " + std::to_string(connection_id()));
        co_return;
    }
    awaitable<> receive_text(std::string text) override {
        if (text == "throw") throw std::runtime_error("secret cause");
        co_await chanx::sleep_for(std::chrono::milliseconds(text.size() * 10));
        send_text(text);
    }
};

class Doorman final : public chanx::WebsocketConsumer {
    awaitable<ConnectResponse> connect(const chanx::Scope& request) override {
        const auto wish = request.query("wish").value_or("");
        co_await chanx::sleep_for(std::chrono::milliseconds(10));
        if (wish == "refuse") co_return ConnectResponse::refuse(418, "Only tea");
        if (wish == "api") throw chanx::ApiException(402, "Pay first");
        if (wish == "throw") throw std::runtime_error("secret cause");
        if (wish == "nonsense") co_return ConnectResponse::refuse(101 + 5, "no refusal");
        if (wish == "send") send_text("too early");
        if (wish == "close") close();
        if (wish == "spawn") spawn([]() -> awaitable<> { co_return; });
        if (wish == "flush") co_await flush();
        for (const auto offered : request.subprotocols()) {
            if (offered == "chat.v2") co_return ConnectResponse::accept("chat.v2");
        }
        co_return ConnectResponse::accept();
    }
};

struct RawFixture : WithLog, chanx::testing::WebsocketFixture {
    RawFixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(chanx::Router{
              chanx::path("echo/", chanx::consumer<Echo>()), chanx::path("deaf/", chanx::consumer<Deaf>()),
              chanx::path("greeter/", chanx::consumer<Greeter>()),
              chanx::path("doorman/", chanx::consumer<Doorman>())})) {}

    chanx::testing::WebsocketCommunicator connected(std::string path) {
        auto made = communicator(std::move(path), {});
        made.connect();
        return made;
    }
};

}  // namespace

TEST_CASE_METHOD(RawFixture, "an echo returns text as text and binary as binary", "[consumer][raw]") {
    auto echo = connected("/echo/");
    echo.send_text("h\xc3\xa9llo");
    CHECK(echo.receive_text() == "h\xc3\xa9llo");
    const std::string bytes("\x00\xff\x01", 3);
    echo.send_binary(bytes);
    CHECK(echo.receive_binary() == bytes);
    echo.send_text("");
    CHECK(echo.receive_text().empty());
    CHECK(echo.receive_nothing());
    echo.disconnect();
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(RawFixture, "a consumer that takes nothing closes with 1003", "[consumer][raw]") {
    auto text = connected("/deaf/");
    text.send_text("x");
    text.assert_closed(1003);
    auto binary = connected("/deaf/");
    binary.send_binary("x");
    binary.assert_closed(1003);
}

TEST_CASE_METHOD(RawFixture, "on_connect runs first, and messages keep their order", "[consumer][raw]") {
    auto greeter = connected("/greeter/");
    greeter.send_text("long long long");
    greeter.send_text("b");
    greeter.send_text("");
    CHECK(greeter.receive_text().starts_with("hello "));
    CHECK(greeter.receive_text() == "long long long");
    CHECK(greeter.receive_text() == "b");
    CHECK(greeter.receive_text().empty());
}

TEST_CASE_METHOD(RawFixture, "an exception of a handler closes with 1011 and is logged", "[consumer][raw]") {
    auto greeter = connected("/greeter/");
    greeter.send_text("throw");
    greeter.assert_closed(1011);
    CHECK(greeter.close_reason().find("secret") == std::string::npos);
    CHECK(log.count("secret cause") == 1);
}

TEST_CASE_METHOD(RawFixture, "connect may refuse with an HTTP status before the upgrade", "[consumer][raw]") {
    const auto result_of = [&](const std::string& wish) {
        return communicator("/doorman/?wish=" + wish, {}).connect();
    };
    const auto refused = result_of("refuse");
    CHECK_FALSE(refused.accepted);
    CHECK(refused.status == 418);
    CHECK(refused.body == R"({"detail":"Only tea"})");
    const auto api = result_of("api");
    CHECK(api.status == 402);
    CHECK(api.body == R"({"detail":"Pay first"})");
    CHECK(log.count("hook failed") == 0);
    const auto thrown = result_of("throw");
    CHECK(thrown.status == 500);
    CHECK(thrown.body.find("secret") == std::string::npos);
    CHECK(log.count("secret cause") == 1);
    CHECK(result_of("nonsense").status == 500);
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(RawFixture,
                 "sending, closing, spawning and flushing before the connection is open fail with words",
                 "[consumer][raw]") {
    for (const std::string wish : {"send", "close", "spawn", "flush"}) {
        INFO(wish);
        CHECK(communicator("/doorman/?wish=" + wish, {}).connect().status == 500);
    }
    CHECK(log.count("the connection is not open yet") == 4);
}

TEST_CASE_METHOD(RawFixture, "connect chooses one of the subprotocols offered", "[consumer][raw]") {
    auto offers = app().communicator("/doorman/", {.subprotocols = {"chat.v1", "chat.v2"}});
    const auto chosen = offers.connect();
    CHECK(chosen.accepted);
    CHECK(chosen.subprotocol == "chat.v2");
    auto others = app().communicator("/doorman/", {.subprotocols = {"chat.v1"}});
    CHECK(others.connect().subprotocol.empty());
}
