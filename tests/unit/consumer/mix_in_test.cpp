#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/consumer/policy.hpp>
#include <chanx/testing/websocket_fixture.hpp>

// What several consumers have in common: a mix-in brings messages, their handlers and groups.

namespace {

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
struct StartTyping {
    static constexpr std::string_view action = "start_typing";
};
BOOST_DESCRIBE_STRUCT(StartTyping, (), ())
struct IsTyping {
    static constexpr std::string_view action = "is_typing";
};
BOOST_DESCRIBE_STRUCT(IsTyping, (), ())
struct Maintenance {
    static constexpr std::string_view action = "maintenance";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Maintenance, (), (payload))

struct TypingPolicies : chanx::MixIn<chanx::IncomingMessages<StartTyping>, chanx::GroupMessages<IsTyping>> {};

/// Tells the other members that somebody is typing.
template <class Consumer>
class WithTyping : public Consumer {
  protected:
    auto typing_handler() {
        return
            [this](const StartTyping&) { this->send_group_message(IsTyping{}, {.exclude_current = true}); };
    }
};

struct NoticePolicies : chanx::MixIn<chanx::Events<Maintenance>> {};

/// Hears what the operators say to everybody.
template <class Consumer>
class WithNotices : public Consumer {
  protected:
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        auto groups = co_await Consumer::build_groups();
        groups.push_back("notices");
        co_return groups;
    }
    auto notice_handler() {
        return [](const Maintenance& notice) { return Said{notice.payload}; };
    }
};

using ChatBase = chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Say>, chanx::GroupMessages<Said>,
                                              TypingPolicies, NoticePolicies>;

class ChatConsumer final : public WithNotices<WithTyping<ChatBase>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        auto groups = co_await WithNotices::build_groups();
        groups.push_back("chat");
        co_return groups;
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), typing_handler(),
                     [this](const Say& say) { send_group_message(Said{say.payload}); });
    }
    chanx::awaitable<> receive_event(Event event) override {
        return match_event(std::move(event), notice_handler());
    }
};

/// The same typing in another consumer, which takes nothing else.
class DraftConsumer final : public WithTyping<chanx::JsonWebsocketConsumer<void, TypingPolicies>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"draft"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), typing_handler(),
                     [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};

struct MixInFixture : chanx::testing::WebsocketFixture {
    MixInFixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(
              chanx::Router{chanx::path("chat/", chanx::consumer<ChatConsumer>()),
                            chanx::path("draft/", chanx::consumer<DraftConsumer>())})) {}
    chanx::testing::WebsocketCommunicator at(std::string path) {
        auto made = communicator(std::move(path), {});
        made.connect();
        made.receive_all_json();
        return made;
    }
};

}  // namespace

TEST_CASE_METHOD(MixInFixture, "a mix-in's messages are handled in each consumer that has it",
                 "[consumer][mix_in]") {
    for (const char* path : {"/chat/", "/draft/"}) {
        auto alice = at(path);
        auto bob = at(path);
        alice.send_message(StartTyping{});
        CHECK(alice.receive_all_json().empty());
        CHECK(bob.receive_text() ==
              R"({"action":"is_typing","payload":null,"is_mine":false,"is_current":false})");
    }
}

TEST_CASE_METHOD(MixInFixture, "a mix-in's messages, events and groups stand beside the consumer's own",
                 "[consumer][mix_in]") {
    auto alice = at("/chat/");
    alice.send_message(Say{"hi"});
    // To both of its groups.
    for (int i = 0; i < 2; ++i) {
        CHECK(alice.receive_text() == R"({"action":"said","payload":"hi","is_mine":true,"is_current":true})");
        CHECK(alice.receive_text() == R"({"action":"group_complete","payload":null})");
    }
    CHECK(alice.receive_text() == R"({"action":"complete","payload":null})");
    application().send_event<ChatConsumer>("notices", Maintenance{"at noon"});
    CHECK(alice.receive_text() == R"({"action":"said","payload":"at noon"})");
    CHECK(application().counts().memberships == 2);
}

TEST_CASE_METHOD(MixInFixture, "a mix-in's messages are in the listing of routes", "[consumer][mix_in]") {
    const auto& info = application().routes().at(0).consumer->info;
    REQUIRE(info.incoming.size() == 2);
    CHECK(info.incoming[1].action == "start_typing");
    REQUIRE(info.group.size() == 2);
    CHECK(info.group[1].action == "is_typing");
    REQUIRE(info.events.size() == 1);
    CHECK(info.events[0].action == "maintenance");
    CHECK(application().routes().at(1).consumer->info.incoming.size() == 2);
}
