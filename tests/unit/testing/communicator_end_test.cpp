#include "support/scripted_consumer.hpp"

#include <chanx/testing/communicator.hpp>

// What a client of a test knows of its connection's end.

using namespace scripted;

namespace {

auto close_with(std::uint16_t code) {
    return [code](Consumer& self, std::string reason) -> chanx::awaitable<> {
        self.send_message(Said{"before"});
        self.close(code, reason);
        return nothing();
    };
}

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "the close code is told as soon as the Close has arrived, also behind frames not taken",
                 "[testing][communicator]") {
    script.say = close_with(4001);
    auto alice = in_room("alice");
    CHECK(alice.close_code() == 0);
    alice.send_message(Say{"enough"});
    CHECK(alice.close_code() == 0);  // nothing has run
    app().run_until_idle();
    CHECK(alice.close_code() == 4001);
    CHECK(alice.close_reason() == "enough");
    app().advance(20s);
    CHECK(alice.close_code() == 4001);
    // What came before it is still there.
    CHECK(alice.receive_text() == R"({"action":"said","payload":"before"})");
    alice.assert_closed(4001);
    CHECK(alice.close_reason() == "enough");
}

TEST_CASE_METHOD(Fixture, "a connection that is lost without a Close has 1006 at once",
                 "[testing][communicator]") {
    auto alice = in_room("alice");
    app().inject({chanx::testing::FaultKind::read, 1});
    alice.send_message(Say{"x"});
    app().run_until_idle();
    CHECK(alice.close_code() == 1006);
    CHECK(alice.close_reason().empty());
}

TEST_CASE_METHOD(Fixture, "a Close is not nothing", "[testing][communicator]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        co_await chanx::sleep_for(50ms);
        self.close(4001);
    };
    auto alice = in_room("alice");
    CHECK(alice.receive_nothing());
    alice.send_message(Say{"x"});
    SECTION("while it is waited for") {
        CHECK(alice.receive_nothing(10ms));
        CHECK_FALSE(alice.receive_nothing());
    }
    SECTION("that has come before") {
        app().advance(1s);
        CHECK_FALSE(alice.receive_nothing());
    }
    SECTION("but behind one that the test has seen nothing comes") {
        alice.assert_closed(4001);
    }
    CHECK(alice.receive_nothing());
    CHECK(alice.close_code() == 4001);
}

TEST_CASE_METHOD(Fixture, "a connect() that does not end is named, with the path and the bound",
                 "[testing][communicator]") {
    script.connect = [](const chanx::Scope&) -> chanx::awaitable<chanx::ConnectResponse> {
        co_await chanx::sleep_for(1h);
        co_return chanx::ConnectResponse::accept();
    };
    auto alice = as("alice");
    CHECK_THROWS_WITH(alice.connect(),
                      support::containing("/room/1/: the consumer's hook connect() did not end within "
                                      "15000 ms") &&
                          support::containing("request_timeout"));
    CHECK(app().elapsed() >= 15s);
    CHECK(app().elapsed() < 16s);
    CHECK(log.count("hook failed") == 0);
    script.connect = nullptr;
    CHECK(alice.connect().accepted);
}

TEST_CASE("how long connect() may take is overridden", "[testing][communicator]") {
    Fixture room({}, {.request_timeout = 100ms});
    room.script.connect = [](const chanx::Scope&) -> chanx::awaitable<chanx::ConnectResponse> {
        co_await chanx::sleep_for(1s);
        co_return chanx::ConnectResponse::accept();
    };
    auto alice = room.as("alice");
    CHECK_THROWS_WITH(alice.connect(), support::containing("within 100 ms"));
}

TEST_CASE_METHOD(Fixture, "the read or write that fails is counted from 1", "[testing][fault]") {
    CHECK_THROWS_AS(app().inject({chanx::testing::FaultKind::write, 0}), chanx::ConfigurationError);
    CHECK_THROWS_AS(app().inject({chanx::testing::FaultKind::read, 0}), chanx::ConfigurationError);
    CHECK_FALSE(app().fault_hit());
}

TEST_CASE_METHOD(Fixture, "an application has one test application at a time", "[testing]") {
    CHECK_THROWS_WITH(chanx::testing::TestApplication(application()), support::containing("served already"));
    auto alice = in_room("alice");
    alice.send_message(Say{"still here"});
    CHECK(alice.receive_all_json().size() == 1);
}
