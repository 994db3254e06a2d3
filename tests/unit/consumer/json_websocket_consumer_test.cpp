#include <chanx/consumer/json_websocket_consumer.hpp>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

namespace {

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
    static constexpr auto constraints =
        chanx::constraints(chanx::trimmed(&Say::payload), chanx::length(&Say::payload, 1, 10));
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

class RoomConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>,
                                          chanx::GroupMessages<Said>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
    chanx::awaitable<> post_authentication() override {
        send_message(Said{.payload = "welcome"});
        co_return;
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [this](const Say& say) { send_group_message(Said{.payload = say.payload}); },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

struct RoomFixture : WithLog, chanx::testing::WebsocketFixture {
    RoomFixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(
              chanx::Router{chanx::path("room/", chanx::consumer<RoomConsumer>())})) {
        ws_path = "/room/";
    }
};

}  // namespace

TEST_CASE_METHOD(RoomFixture, "a connect gives authentication, what the connect phase caused, then complete",
                 "[consumer]") {
    auto alice = communicator();
    REQUIRE(alice.connect().accepted);
    CHECK(
        alice.receive_text() ==
        R"({"action":"authentication","payload":{"status_code":200,"status_text":"OK","data":{"detail":"OK"}}})");
    CHECK(alice.receive_text() == R"({"action":"said","payload":"welcome"})");
    CHECK(alice.receive_text() == R"({"action":"complete","payload":null})");
    CHECK(alice.receive_nothing());
    alice.disconnect();
    CHECK(application().counts().sessions == 0);
    CHECK(application().counts().groups == 0);
}

TEST_CASE_METHOD(RoomFixture, "a group message reaches all members, each with its own view of it",
                 "[consumer]") {
    auto alice = communicator();
    auto bob = communicator();
    alice.connect();
    bob.connect();
    alice.receive_all_json();
    bob.receive_all_json();

    alice.send_message(Say{.payload = " hi "}, chanx::Ref(7));
    CHECK(alice.receive_text() ==
          R"({"action":"said","payload":"hi","ref":7,"is_mine":true,"is_current":true})");
    CHECK(alice.receive_text() == R"({"action":"group_complete","payload":null})");
    CHECK(alice.receive_text() == R"({"action":"complete","payload":null,"ref":7})");
    const auto heard = bob.receive_all_json({.wait_group = true});
    REQUIRE(heard.size() == 1);
    CHECK(serialize(heard[0]) == R"({"action":"said","payload":"hi","is_mine":false,"is_current":false})");
}

TEST_CASE_METHOD(RoomFixture, "an invalid message is answered with its errors and the connection stays",
                 "[consumer]") {
    auto alice = communicator();
    alice.connect();
    alice.receive_all_json();
    alice.send_text(R"({"action":"say"})");
    auto replies = alice.receive_all_json();
    REQUIRE(replies.size() == 1);
    CHECK(
        serialize(replies[0]) ==
        R"({"action":"error","payload":[{"type":"missing","loc":["say","payload"],"msg":"Field required"}]})");
    alice.send_text(R"({"action":"ping"})");
    CHECK(serialize(alice.receive_all_json().at(0)) == R"({"action":"pong","payload":null})");
    alice.send_binary("x");
    alice.assert_closed(1003);
}
