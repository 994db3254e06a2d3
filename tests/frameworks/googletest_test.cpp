// Tests with GoogleTest.

#include <chanx/testing/simulation.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <gtest/gtest.h>

#include "echo.hpp"

// [docs:googletest]
struct EchoTest : ::testing::Test, chanx::testing::WebsocketFixture {
    EchoTest() : WebsocketFixture(make_echo()) { ws_path = "/echo/"; }
};

TEST_F(EchoTest, SaysBackWhatItHears) {
    auto client = communicator();
    ASSERT_TRUE(client.connect().accepted);
    client.receive_all_json();
    client.send_message(Echo{.payload = "hello"});
    const auto replies = client.receive_all_json();
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].at("payload"), "hello");
}

TEST(Echo, SaysItBackInWhateverOrder) {
    chanx::testing::for_each_seed(5, [](std::uint64_t seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const auto application = make_echo();
        chanx::testing::TestApplication app(*application);
        auto one = app.communicator("/echo/");
        auto two = app.communicator("/echo/");
        for (auto* client : {&one, &two}) client->connect();
        for (auto* client : {&one, &two}) client->send_message(Echo{.payload = "hello"});
        for (auto* client : {&one, &two}) EXPECT_EQ(client->receive_until_action("echo").back().at("payload"), "hello");
    });
}
// [/docs:googletest]

TEST_F(EchoTest, AFailedWaitIsAFailureWithItsText) {
    auto client = communicator();
    client.connect();
    client.receive_all_json();
    EXPECT_THROW(
        try { client.receive_json(); } catch (const chanx::testing::CommunicatorError& error) {
            EXPECT_NE(std::string(error.what()).find("/echo/: waited for a JSON frame for 1000 ms"), std::string::npos);
            throw;
        },
        chanx::testing::CommunicatorError);
}
