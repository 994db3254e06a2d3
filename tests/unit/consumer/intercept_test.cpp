#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/consumer/receiver.hpp>
#include <chanx/testing/websocket_fixture.hpp>

// A consumer that sees its group messages before its client does.

namespace {

using namespace std::chrono_literals;

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))
struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))
struct Left {
    static constexpr std::string_view action = "left";
};
BOOST_DESCRIBE_STRUCT(Left, (), ())
struct Other {
    static constexpr std::string_view action = "other";
};
BOOST_DESCRIBE_STRUCT(Other, (), ())

template <class... Ps>
class Room : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>,
                                                 chanx::GroupMessages<Said, Left>, Ps...> {
  protected:
    using Base = chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>,
                                              chanx::GroupMessages<Said, Left>, Ps...>;
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
    chanx::awaitable<> receive_message(typename Base::IncomingMessage message) override {
        return this->match(
            std::move(message),
            [this](const Say& say) {
                if (say.payload == "both") this->send_message(Said{"direct"});
                this->send_group_message(Said{say.payload}, {.exclude_current = say.payload == "others"});
            },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};
class Plain final : public Room<> {};

/// Keeps back what begins with "secret", censors "rude", fails at "broken", takes its time over "slow".
class Filtering final : public Room<chanx::InterceptGroupMessages> {
    chanx::awaitable<std::optional<GroupMessage>> on_group_message(GroupMessage message,
                                                                   chanx::GroupMessageInfo info) override {
        if (const auto* said = std::get_if<Said>(&message)) {
            if (said->payload == "broken") throw std::runtime_error("can't decide");
            if (said->payload == "slow") co_await chanx::sleep_for(50ms);
            if (said->payload.starts_with("secret")) co_return std::nullopt;
            if (said->payload == "rude") co_return Said{"****"};
            if (said->payload == "whose") {
                co_return Said{info.is_current ? "current" : info.is_mine ? "mine" : "foreign"};
            }
            if (said->payload == "end") co_return Left{};
        }
        co_return message;
    }
};
class Stranger final : public chanx::JsonWebsocketConsumer<void, chanx::GroupMessages<Other>> {};

struct Fixture : WithLog, chanx::testing::WebsocketFixture {
    explicit Fixture(chanx::Settings settings = {})
        : WebsocketFixture(std::make_unique<chanx::Application>(
              chanx::Router{chanx::path("plain/", chanx::consumer<Plain>()),
                            chanx::path("filtering/", chanx::consumer<Filtering>())},
              std::move(settings))) {}
    chanx::testing::WebsocketCommunicator at(std::string path) {
        auto made = communicator(std::move(path), {});
        made.connect();
        made.receive_all_json();
        return made;
    }
    void tell(std::string text) { application().send_group_message<Plain>("room", Said{std::move(text)}); }
};
struct Camel : Fixture {
    Camel() : Fixture({.camelize = true}) {}
};

const std::string complete = R"({"action":"complete","payload":null})";
const std::string group_complete = R"({"action":"group_complete","payload":null})";
std::string said(std::string_view text, std::string_view rest = R"(,"is_mine":false,"is_current":false)") {
    return R"({"action":"said","payload":")" + std::string(text) + '"' + std::string(rest) + "}";
}
const std::string own = R"(,"is_mine":true,"is_current":true)";

}  // namespace

TEST_CASE_METHOD(Fixture, "a consumer that intercepts filters and rewrites for itself alone",
                 "[consumer][intercept]") {
    auto plain = at("/plain/");
    auto filtering = at("/filtering/");
    for (const char* text : {"hello", "secret", "rude", "end"}) tell(text);
    CHECK(filtering.receive_text() == said("hello"));
    CHECK(filtering.receive_text() == group_complete);
    CHECK(filtering.receive_text() == said("****"));
    CHECK(filtering.receive_text() == group_complete);
    CHECK(filtering.receive_text() ==
          R"({"action":"left","payload":null,"is_mine":false,"is_current":false})");
    CHECK(filtering.receive_text() == group_complete);
    CHECK(filtering.receive_nothing());
    for (const char* text : {"hello", "secret", "rude", "end"}) {
        CHECK(plain.receive_text() == said(text));
        CHECK(plain.receive_text() == group_complete);
    }
}

TEST_CASE_METHOD(Fixture, "its own messages come back before its complete, with the ref",
                 "[consumer][intercept]") {
    auto filtering = at("/filtering/");
    filtering.send_message(Say{"both"}, chanx::Ref(3));
    const std::string ref = R"(,"ref":3)";
    CHECK(filtering.receive_text() == said("direct", ref));
    CHECK(filtering.receive_text() == said("both", ref + own));
    CHECK(filtering.receive_text() == group_complete);
    CHECK(filtering.receive_text() == R"({"action":"complete","payload":null,"ref":3})");
    filtering.send_message(Say{"slow"});
    CHECK(filtering.receive_text() == said("slow", own));
    CHECK(filtering.receive_text() == group_complete);
    CHECK(filtering.receive_text() == complete);
    filtering.send_message(Say{"others"});
    CHECK(filtering.receive_text() == complete);
    CHECK(filtering.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "it is told whose message it is", "[consumer][intercept]") {
    auto one = at("/filtering/");
    auto two = at("/filtering/");
    one.send_message(Say{"whose"});
    CHECK(one.receive_text() == said("current", own));
    CHECK(two.receive_text() == said("foreign"));
}

TEST_CASE_METHOD(Fixture, "group messages keep their order while the hook waits", "[consumer][intercept]") {
    auto filtering = at("/filtering/");
    tell("slow");
    tell("quick");
    app().advance(10ms);
    filtering.send_message(chanx::PingMessage{});
    CHECK(filtering.receive_text() == said("slow"));
    filtering.receive_text();
    CHECK(filtering.receive_text() == said("quick"));
    filtering.receive_text();
    CHECK(filtering.receive_text() == R"({"action":"pong","payload":null})");
}

TEST_CASE_METHOD(Fixture, "a message that the hook throws over is not delivered, and the connection stays",
                 "[consumer][intercept]") {
    auto filtering = at("/filtering/");
    tell("broken");
    tell("next");
    CHECK(filtering.receive_text() == R"({"action":"error","payload":{"detail":"Failed to process message"}})");
    CHECK(filtering.receive_text() == said("next"));
    CHECK(log.line("can't decide").find("hook=on_group_message") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a message that the consumer does not list is not delivered, logged and counted",
                 "[consumer][intercept]") {
    auto plain = at("/plain/");
    auto filtering = at("/filtering/");
    application().send_group_message<Stranger>("room", Other{});
    CHECK(plain.receive_until_action("other").size() == 1);
    CHECK(filtering.receive_nothing());
    CHECK(application().counts().dropped_events == 1);
    CHECK(log.count("event dropped") == 1);
    CHECK(log.line("event dropped").find("action=other ") != std::string::npos);
}

TEST_CASE_METHOD(Camel, "the shape of frames is the same as without", "[consumer][intercept]") {
    auto plain = at("/plain/");
    auto filtering = at("/filtering/");
    tell("hello");
    const std::string frame = plain.receive_text();
    CHECK(frame == R"({"action":"said","payload":"hello","isMine":false,"isCurrent":false})");
    CHECK(filtering.receive_text() == frame);
}
