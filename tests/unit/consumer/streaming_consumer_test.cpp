#include <chanx/consumer/streaming_consumer.hpp>

#include "unit/consumer/streaming.hpp"

#include <chanx/testing/fault_injection.hpp>
#include <chanx/testing/simulation.hpp>

using namespace streaming;

TEST_CASE_METHOD(Fixture, "a binary message comes in parts that make the whole", "[consumer][streaming]") {
    auto client = connected();
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65'535U, 65'536U, 300'000U}) {
        CAPTURE(size);
        const std::string payload = payload_of(size);
        script.parts.clear();
        client.send_binary(payload);
        app().run_until_idle();
        CHECK(script.messages() == std::vector{payload});
        CHECK(script.parts.back().last);
        for (const auto& part : script.parts) CHECK(part.data.size() <= 65'536);
    }
}

TEST_CASE_METHOD(Fixture, "a message of two frames is the same wherever it is cut", "[consumer][streaming]") {
    auto client = connected();
    const std::string payload = "payload";
    for (std::size_t at = 0; at <= payload.size(); ++at) {
        CAPTURE(at);
        script.parts.clear();
        client.send_binary_part(payload.substr(0, at));
        app().run_until_idle();
        // It does not wait for the rest.
        CHECK(script.parts.size() == (at == 0 ? 0 : 1));
        client.send_last_binary_part(payload.substr(at));
        client.send_binary("next");
        app().run_until_idle();
        CHECK(script.messages() == std::vector<std::string>{payload, "next"});
    }
}

TEST_CASE_METHOD(Fixture, "parts are no larger than asked for", "[consumer][streaming]") {
    script.options = [] { return chanx::StreamingOptions{.max_part_size = 1000}; };
    auto client = connected();
    const std::string payload = payload_of(100'001);
    client.send_binary(payload);
    app().run_until_idle();
    CHECK(script.messages() == std::vector{payload});
    CHECK(script.parts.size() >= 101);
    for (const auto& part : script.parts) CHECK(part.data.size() <= 1000);
}

TEST_CASE("streamed messages have their own bound, and text has the other", "[consumer][streaming]") {
    Fixture fixture(chanx::Settings{.max_message_size = 1000});
    fixture.script.options = [] { return chanx::StreamingOptions{.max_message_size = 5000}; };
    auto client = fixture.connected();
    const auto run = [&] { fixture.app().run_until_idle(); };
    SECTION("in one frame") {
        client.send_binary(std::string(5000, 'x'));
        run();
        CHECK(fixture.script.messages() == std::vector{std::string(5000, 'x')});
        client.send_binary(std::string(5001, 'x'));
        client.assert_closed(1009);
        CHECK(fixture.script.parts.back().last);
        CHECK_FALSE(fixture.script.cut_off);
    }
    SECTION("over several") {
        client.send_binary_part(std::string(4999, 'x'));
        client.send_binary_part("x");
        client.send_last_binary_part();
        run();
        CHECK(fixture.script.messages() == std::vector{std::string(5000, 'x')});
        client.send_binary_part(std::string(4999, 'x'));
        client.send_last_binary_part("xx");
        client.assert_closed(1009);
        run();
        CHECK(fixture.script.cut_off);
    }
    SECTION("text") {
        client.send_text(std::string(1000, 'x'));
        client.send_text(std::string(1001, 'x'));
        client.assert_closed(1009);
        CHECK(fixture.script.trace.size() == 1);
    }
    CHECK(fixture.script.ends.size() <= 1);
}

TEST_CASE_METHOD(Fixture, "while the hook runs one part is held, and then reading stops",
                 "[consumer][streaming]") {
    std::size_t most_input = 0;
    script.part = [&](Consumer& self, const BinaryPart&) -> awaitable<> {
        co_await chanx::sleep_for(1s);
        most_input = std::max(most_input, self.input_bytes());
    };
    auto client = connected();
    const std::string payload = payload_of(2'000'000);
    client.send_binary(payload);
    client.send_ping("behind");
    app().run_until_idle();
    CHECK(script.parts.size() == 1);
    app().advance(1s);
    CHECK(script.parts.size() == 2);
    app().advance(100s);
    CHECK(client.receive_pong() == "behind");
    CHECK(script.messages() == std::vector{payload});
    CHECK(most_input > 0);
    CHECK(most_input <= 65'536);
}

TEST_CASE_METHOD(Fixture, "a ping between the frames of a message is answered at once",
                 "[consumer][streaming]") {
    auto client = connected();
    client.send_binary_part("one");
    client.send_ping("here?");
    CHECK(client.receive_pong() == "here?");
    CHECK(script.parts.size() == 1);
    client.send_last_binary_part("two");
    app().run_until_idle();
    CHECK(script.messages() == std::vector<std::string>{"onetwo"});
}

TEST_CASE_METHOD(Fixture, "messages keep their order, and text comes whole", "[consumer][streaming]") {
    script.part = [](Consumer& self, const BinaryPart& part) -> awaitable<> {
        co_await chanx::sleep_for(10ms);
        self.note("part " + part.data);
    };
    auto client = connected();
    client.send_text("a");
    client.send_binary_part("b");
    client.send_last_binary_part("c");
    client.send_text("d");
    client.send_binary("e");
    app().advance(1s);
    CHECK(script.trace == std::vector<std::string>{"text a", "part b", "part c", "text d", "part e"});
    client.disconnect();
    CHECK(log.line("connection closed").find("messages=4") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "on_disconnect tells whether a message was cut off", "[consumer][streaming]") {
    auto client = connected();
    client.send_binary("whole");
    SECTION("none was") {
        client.drop();
        CHECK(script.ends.at(0).cause == CloseReason::Cause::lost);
        CHECK_FALSE(script.cut_off);
    }
    SECTION("the client was lost") {
        client.send_binary_part("half");
        app().run_until_idle();
        client.drop();
        CHECK(script.ends.at(0).cause == CloseReason::Cause::lost);
        CHECK(script.cut_off);
    }
    SECTION("the client closed") {
        client.send_binary_part("half");
        client.disconnect();
        CHECK(script.ends.at(0).cause == CloseReason::Cause::client);
        CHECK(script.cut_off);
    }
    SECTION("the client closed behind the last part") {
        script.part = [](Consumer&, const BinaryPart&) { return chanx::sleep_for(1s); };
        client.send_binary_part("half");
        client.send_last_binary_part("half");
        client.disconnect();
        app().advance(10s);
        CHECK_FALSE(script.cut_off);
        CHECK(script.messages() == std::vector<std::string>{"whole", "halfhalf"});
    }
    SECTION("the hook closed") {
        script.part = [](Consumer& self, const BinaryPart&) -> awaitable<> {
            self.close(4000);
            co_return;
        };
        client.send_binary_part("half");
        client.assert_closed(4000);
        app().run_until_idle();
    }
    CHECK(script.ends.size() == 1);
}

TEST_CASE_METHOD(Fixture, "a hook that throws closes with 1011, and no further part comes",
                 "[consumer][streaming]") {
    script.part = [](Consumer&, const BinaryPart&) -> awaitable<> { throw std::runtime_error("disk full"); };
    auto client = connected();
    client.send_binary(payload_of(1'000'000));
    client.assert_closed(1011);
    CHECK(script.parts.size() == 1);
    CHECK(log.count("disk full") == 1);
    CHECK(script.cut_off);
}

TEST_CASE_METHOD(Fixture, "options that are no good close with 1011 and say why", "[consumer][streaming]") {
    script.options = [] { return chanx::StreamingOptions{.max_part_size = 124}; };
    auto client = connected();
    client.assert_closed(1011);
    CHECK(log.count("max_part_size is at least 125") == 1);
}

TEST_CASE("parts come in order whatever runs first", "[consumer][streaming]") {
    chanx::testing::for_each_seed(30, [](std::uint64_t seed) {
        Fixture fixture;
        fixture.script.part = [](Consumer&, const BinaryPart&) { return chanx::sleep_for(1ms); };
        auto client = fixture.connected();
        const std::string payload = payload_of(150'000 + static_cast<std::size_t>(seed));
        client.send_binary(payload);
        client.send_binary_part("a");
        client.send_binary_part("b");
        client.send_ping("p");
        client.send_last_binary_part("c");
        CHECK(client.receive_pong(10s) == "p");
        fixture.app().advance(1s);
        CHECK(fixture.script.messages() == std::vector<std::string>{payload, "abc"});
    });
}

TEST_CASE("whichever read or write fails, a streaming connection ends cleanly", "[consumer][streaming]") {
    chanx::testing::for_each_fault([](chanx::testing::FaultInjection& faults) {
        Fixture fixture;
        fixture.script.part = [](Consumer& self, const BinaryPart& part) -> awaitable<> {
            auto out = self.begin_binary();
            co_await out.write(part.data);
            co_await chanx::sleep_for(1ms);
            out.finish();
        };
        faults.attempt([&] {
            auto client = fixture.connected();
            client.send_binary(payload_of(200'000));
            client.receive_binary(10s);
            client.send_binary_part("a");
            client.send_last_binary_part("b");
            client.receive_binary(10s);
            client.disconnect();
        });
        fixture.app().advance(1min);
        CHECK(fixture.application().counts().sessions == 0);
        CHECK(fixture.script.ends.size() <= 1);
        CHECK(fixture.log.count("hook failed") == 0);
    });
}
