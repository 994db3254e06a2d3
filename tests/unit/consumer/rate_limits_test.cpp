#include <chanx/rate_limit.hpp>

#include "support/scripted_consumer.hpp"

using namespace scripted;

namespace {

struct Shout {
    static constexpr std::string_view action = "shout";
    static constexpr chanx::RateLimit rate_limit{.per_second = 2, .burst = 3};
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Shout, (), (payload))

struct Whisper {
    static constexpr std::string_view action = "whisper";
    static constexpr chanx::RateLimit user_rate_limit{.per_second = 1, .burst = 2};
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Whisper, (), (payload))

/// A field of that name is a field.
struct Plan {
    static constexpr std::string_view action = "plan";
    int rate_limit = 0;
};
BOOST_DESCRIBE_STRUCT(Plan, (), (rate_limit))

std::size_t handled = 0;

struct LimitedPolicies
    : chanx::Policies<chanx::Authentication<HeaderAuthentication>,
                      chanx::IncomingMessages<chanx::PingMessage, Shout, Whisper, Plan>> {};

class Limited final : public chanx::JsonWebsocketConsumer<void, LimitedPolicies> {
    chanx::awaitable<> receive_message(IncomingMessage) override {
        ++handled;
        co_return;
    }
};

struct Limits : WithLog, chanx::testing::WebsocketFixture {
    explicit Limits(chanx::Settings settings = {}) : WebsocketFixture(make(std::move(settings)), {}) { handled = 0; }

    static std::unique_ptr<chanx::Application> make(chanx::Settings settings) {
        auto application = std::make_unique<chanx::Application>(
            chanx::Router{chanx::path("limited/", chanx::consumer<Limited>())}, std::move(settings));
        application->state(std::make_shared<Script>());
        return application;
    }
    chanx::testing::WebsocketCommunicator as(std::string user) {
        chanx::testing::Headers headers;
        if (!user.empty()) headers = {{"X-User", std::move(user)}};
        auto client = communicator("/limited/", std::move(headers));
        client.connect();
        client.receive_all_json();
        return client;
    }
    /// The seconds after which to try again; 0 where the message was taken.
    template <class Client, class Message>
    double said(Client& client, const Message& message) {
        client.send_message(message, chanx::Ref(7));
        const auto frames = client.receive_all_json();
        if (frames.empty()) return 0;
        REQUIRE(frames.size() == 1);
        const auto& error = frames[0].at("payload").as_array().at(0).as_object();
        REQUIRE(error.at("type") == "rate_limited");
        REQUIRE(frames[0].at("ref") == 7);
        return error.at("retry_after").template to_number<double>();
    }
};

}  // namespace

TEST_CASE("a message over its type's limit is answered and not handled, and the connection stays", "[limits]") {
    Limits room;
    auto alice = room.as("alice");
    for (int i = 0; i < 3; ++i) CHECK(room.said(alice, Shout{"x"}) == 0);
    alice.send_message(Shout{"x"}, chanx::Ref("r"));
    CHECK(serialize(alice.receive_json()) ==
          R"({"action":"error","payload":[{"type":"rate_limited","loc":["shout"],)"
          R"("msg":"Too many messages: try again in 0.5 seconds","retry_after":5E-1}],"ref":"r"})");
    CHECK(alice.receive_json().at("action") == "complete");
    CHECK(handled == 3);
    // Other types, other connections.
    CHECK(room.said(alice, Whisper{"x"}) == 0);
    auto other = room.as("alice");
    CHECK(room.said(other, Shout{"x"}) == 0);
    room.app().advance(500ms);
    CHECK(room.said(alice, Shout{"x"}) == 0);
    CHECK(room.said(alice, Shout{"x"}) == 0.5);
    CHECK(handled == 6);
}

TEST_CASE("a type's limit for a user holds over all the user's connections", "[limits]") {
    Limits room;
    auto first = room.as("alice");
    auto second = room.as("alice");
    auto bob = room.as("bob");
    auto anonymous = room.as("");
    auto nobody = room.as("");
    CHECK(room.said(first, Whisper{"x"}) == 0);
    CHECK(room.said(second, Whisper{"x"}) == 0);
    CHECK(room.said(first, Whisper{"x"}) == 1);
    CHECK(room.said(second, Whisper{"x"}) == 1);
    CHECK(room.said(bob, Whisper{"x"}) == 0);
    // Without a user it is the connection's.
    CHECK(room.said(anonymous, Whisper{"x"}) == 0);
    CHECK(room.said(anonymous, Whisper{"x"}) == 0);
    CHECK(room.said(anonymous, Whisper{"x"}) == 1);
    CHECK(room.said(nobody, Whisper{"x"}) == 0);
    // A reconnect changes nothing.
    first.disconnect();
    auto again = room.as("alice");
    CHECK(room.said(again, Whisper{"x"}) == 1);
}

TEST_CASE("a connection's limit holds over all types, and invalid messages count", "[limits]") {
    Limits room({.message_rate = {.per_second = 0.8, .burst = 3}});
    auto alice = room.as("alice");
    CHECK(room.said(alice, Plan{1}) == 0);
    alice.send_text("{");
    CHECK(alice.receive_all_json().at(0).at("payload").at(0).at("type") == "json_invalid");
    alice.send_json({{"action", "shout"}});
    CHECK(alice.receive_all_json().at(0).at("payload").at(0).at("type") == "missing");
    CHECK(room.said(alice, Plan{2}) == 1.3);  // 1.25, rounded up
    alice.send_text("{");
    const auto refused = alice.receive_all_json().at(0);
    CHECK(refused.at("payload").at(0).at("type") == "rate_limited");
    CHECK(refused.at("payload").at(0).at("loc").as_array().empty());
    CHECK(handled == 1);
    auto other = room.as("alice");
    CHECK(room.said(other, Plan{1}) == 0);
}

TEST_CASE("a user's limit holds over all connections and types", "[limits]") {
    Limits room({.user_message_rate = {.per_second = 1, .burst = 2}});
    auto first = room.as("alice");
    auto second = room.as("alice");
    CHECK(room.said(first, Plan{1}) == 0);
    CHECK(room.said(second, Shout{"x"}) == 0);
    CHECK(room.said(first, Whisper{"x"}) == 1);
    CHECK(room.said(second, Plan{1}) == 1);
    auto bob = room.as("bob");
    CHECK(room.said(bob, Plan{1}) == 0);
}

TEST_CASE("who goes on without a pause is closed with 1008", "[limits]") {
    Limits room({.max_rate_limited = 5});
    auto patient = room.as("patient");
    auto alice = room.as("alice");
    // Two refusals a second, of which one is forgiven: the sixth comes late.
    for (int i = 0; i < 3; ++i) CHECK(room.said(patient, Shout{"x"}) == 0);
    for (int i = 0; i < 50; ++i) {
        CHECK(room.said(patient, Shout{"x"}) == 0.5);
        room.app().advance(500ms);
        CHECK(room.said(patient, Shout{"x"}) == 0);
        room.app().advance(500ms);
        CHECK(room.said(patient, Shout{"x"}) == 0);
    }
    for (int i = 0; i < 9; ++i) alice.send_message(Shout{"x"});
    alice.assert_closed(1008);
    CHECK(alice.close_reason() == "Too many messages");
    CHECK(room.said(patient, Shout{"x"}) == 0.5);
    CHECK(room.log.count("too many messages") == 1);
    CHECK(handled > 6);
}

TEST_CASE("one who is closed for its messages leaves cleanly", "[limits]") {
    Fixture room({.message_rate = {.per_second = 1, .burst = 2}, .max_rate_limited = 0});
    auto alice = room.in_room("alice");
    auto bob = room.in_room("bob");
    for (int i = 0; i < 3; ++i) alice.send_message(Say{"x"});
    alice.assert_closed(1008);
    room.app().run_until_idle();
    CHECK(room.traced("on_disconnect 1008") == 1);
    CHECK(room.traced("say") == 2);
    CHECK(room.application().counts().sessions == 1);
}

TEST_CASE("names are in camel case where the application's are", "[limits]") {
    Limits room({.camelize = true});
    auto alice = room.as("alice");
    for (int i = 0; i < 3; ++i) alice.send_message(Shout{"x"});
    alice.receive_all_json();
    alice.send_message(Shout{"x"});
    CHECK(alice.receive_all_json().at(0).at("payload").at(0).at("retryAfter").to_number<double>() == 0.5);
}

TEST_CASE("limits that limit nothing, or everything, are refused", "[limits]") {
    for (const chanx::RateLimit bad : {chanx::RateLimit{.per_second = 1}, chanx::RateLimit{.burst = 1},
                                       chanx::RateLimit{.per_second = -1, .burst = 1}}) {
        CHECK_THROWS_WITH(Limits({.message_rate = bad}), support::containing("message_rate"));
        CHECK_THROWS_WITH(Limits({.user_message_rate = bad}), support::containing("user_message_rate"));
    }
}
