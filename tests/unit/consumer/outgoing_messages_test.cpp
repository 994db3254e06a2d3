#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/consumer/json_websocket_consumer.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <string>

// What OutgoingMessages lets through; what it does not let through is in tests/compile_fail.

namespace {

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))
struct Welcome {
    static constexpr std::string_view action = "welcome";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Welcome, (), (payload))
struct Posted {
    static constexpr std::string_view action = "posted";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Posted, (), (payload))
struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Say::payload, 1, 10));
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))

class Limited final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Say, chanx::PingMessage>,
                                          chanx::OutgoingMessages<Said, Welcome, chanx::PongMessage>,
                                          chanx::GroupMessages<Posted>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"all"};
    }
    chanx::awaitable<> post_authentication() override {
        send_message(Welcome{"hello"});
        co_return;
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message),
            [this](const Say& say) {
                if (say.payload == "throw") throw std::runtime_error("a cause");
                send_group_message(Posted{say.payload});
                return Said{say.payload};
            },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

struct LimitedFixture : chanx::testing::WebsocketFixture {
    LimitedFixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(
              chanx::Router{chanx::path("limited/", chanx::consumer<Limited>())})) {
        ws_path = "/limited/";
    }
};

std::string actions(chanx::testing::WebsocketCommunicator& client) {
    std::string text;
    for (const auto& frame : client.receive_all_json())
        text += std::string(frame.at("action").as_string()) + " ";
    return text;
}

}  // namespace

TEST_CASE_METHOD(LimitedFixture,
                 "a consumer with OutgoingMessages sends these, its group messages and the standard frames",
                 "[consumer][outgoing]") {
    auto client = communicator();
    client.connect();
    client.assert_authenticated_status_ok();
    CHECK(actions(client) == "welcome ");
    client.send_message(Say{"hi"});
    CHECK(actions(client) == "posted said ");
    client.send_message(chanx::PingMessage{});
    CHECK(actions(client) == "pong ");
    client.send_message(Say{"far too long"});
    CHECK(actions(client) == "error ");
    client.send_message(Say{"throw"});
    CHECK(actions(client) == "error ");
    application().send_group_message<Limited>("all", Posted{"from outside"});
    CHECK(actions(client) == "posted ");
    client.disconnect();
}

TEST_CASE_METHOD(LimitedFixture, "a listing shows what a consumer may send", "[consumer][outgoing]") {
    const auto& info = *application().routes().front().info;
    CHECK(info.limits_outgoing);
    REQUIRE(info.outgoing.size() == 3);
    CHECK(info.outgoing[0].action == "said");
    CHECK(info.outgoing[1].action == "welcome");
    CHECK(info.outgoing[2].action == "pong");
    REQUIRE(info.group.size() == 1);
    CHECK(info.group[0].action == "posted");
}
