#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/consumer/receiver.hpp>
#include <chanx/run_blocking.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <functional>
#include <thread>

// What server code sends to consumers: events, through the communicator.

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
struct Renamed {
    static constexpr std::string_view action = "renamed";
    std::string payload;
    std::int64_t room_number = 0;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Renamed::payload, 1, 10));
};
BOOST_DESCRIBE_STRUCT(Renamed, (), (payload, room_number))
struct Tick {
    static constexpr std::string_view action = "tick";
};
BOOST_DESCRIBE_STRUCT(Tick, (), ())
struct Unknown {
    static constexpr std::string_view action = "unknown";
};
BOOST_DESCRIBE_STRUCT(Unknown, (), ())

class Consumer;
struct Script {
    chanx::Application* application = nullptr;
    std::function<chanx::awaitable<>(Consumer&, std::string)> say;
    std::function<chanx::awaitable<>(Consumer&, std::string)> renamed;
    std::vector<std::string> trace;
};

class Consumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>,
                                          chanx::GroupMessages<Said>, chanx::Events<Renamed, Tick>> {
  public:
    using JsonWebsocketConsumer::close;
    using JsonWebsocketConsumer::send_group_message;
    using JsonWebsocketConsumer::send_message;

    Script& script() const { return scope().state<Script>(); }

  private:
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message),
            [this](const Say& say) -> chanx::awaitable<> {
                script().trace.push_back("say " + say.payload);
                if (script().say) co_await script().say(*this, say.payload);
            },
            [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
    chanx::awaitable<> receive_event(Event event) override {
        return match_event(
            std::move(event),
            [this](const Renamed& renamed) -> chanx::awaitable<> {
                script().trace.push_back("renamed " + renamed.payload);
                if (script().renamed) {
                    co_await script().renamed(*this, renamed.payload);
                } else {
                    send_message(Said{renamed.payload + " " + std::to_string(renamed.room_number)});
                }
            },
            [](const Tick&) { return Said{"tick"}; });
    }
    chanx::awaitable<> on_disconnect(chanx::CloseReason reason) override {
        script().trace.push_back("on_disconnect " + std::to_string(reason.code));
        co_return;
    }
};

/// Takes no events.
class Deaf final : public chanx::JsonWebsocketConsumer<void> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
};

chanx::awaitable<chanx::Response> announce(chanx::Request request) {
    request.state<Script>().application->send_group_message<Consumer>("room", Said{"from a handler"});
    co_return chanx::Response::no_content();
}

struct Fixture : WithLog, chanx::testing::WebsocketFixture {
    explicit Fixture(chanx::Settings settings = {}, chanx::SettingsOverride overrides = {})
        : WebsocketFixture(std::make_unique<chanx::Application>(
                               chanx::Router{chanx::path("room/", chanx::consumer<Consumer>()),
                                             chanx::path("deaf/", chanx::consumer<Deaf>()),
                                             chanx::path("announce", chanx::post(announce))},
                               std::move(settings)),
                           std::move(overrides)) {
        ws_path = "/room/";
        auto made = std::make_shared<Script>();
        made->application = &application();
        script = made.get();
        application().state(std::move(made));
    }
    chanx::testing::WebsocketCommunicator in_room() {
        auto made = communicator();
        made.connect();
        made.receive_all_json();
        return made;
    }
    Script* script;
};

const std::string complete = R"({"action":"complete","payload":null})";
const std::string group_complete = R"({"action":"group_complete","payload":null})";
std::string said(std::string_view text, std::string_view rest = {}) {
    return R"({"action":"said","payload":")" + std::string(text) + '"' + std::string(rest) + "}";
}
const std::string own = R"(,"is_mine":true,"is_current":true)";
const std::string foreign = R"(,"is_mine":false,"is_current":false)";

struct SmallMailbox : Fixture {
    SmallMailbox() : Fixture({}, {.max_mailbox_events = 3}) {}
};
struct SmallOutbox : Fixture {
    SmallOutbox() : Fixture({}, {.max_outbox_bytes = 4096}) {}
};
struct Camel : Fixture {
    Camel() : Fixture({.action_key = "type", .camelize = true}) {}
};

}  // namespace

TEST_CASE_METHOD(Fixture,
                 "an event reaches each consumer of the group, and each tells its client, then complete",
                 "[consumer][event]") {
    auto alice = in_room();
    auto bob = in_room();
    chanx::send_event(application(), "room", Renamed{"Kitchen", 7});
    application().send_event<Consumer>("room", Tick{});
    for (auto* each : {&alice, &bob}) {
        CHECK(each->receive_text() == said("Kitchen 7"));
        CHECK(each->receive_text() == complete);
        CHECK(each->receive_text() == said("tick"));
        CHECK(each->receive_text() == complete);
        CHECK(each->receive_nothing());
    }
    chanx::send_event(application(), "elsewhere", Tick{});
    CHECK(alice.receive_nothing());
    CHECK(application().counts().dropped_events == 0);
}

TEST_CASE_METHOD(Fixture, "the complete of an event is not taken for a message's", "[consumer][event][testing]") {
    auto alice = in_room();
    chanx::send_event(application(), "room", Tick{});
    alice.send_message(chanx::PingMessage{});
    auto frames = alice.receive_all_json();
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].at("payload") == "tick");
    CHECK(frames[1].at("action") == "pong");

    script->say = [this](Consumer&, std::string) -> chanx::awaitable<> {
        chanx::send_event(application(), "room", Tick{});
        co_return;
    };
    alice.send_message(Say{"an event"});
    // Its own comes behind that of the event, which came while it was handled.
    frames = alice.receive_all_json();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].at("payload") == "tick");
    CHECK(alice.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "a test captures events as they are sent, and not rechecks", "[consumer][event]") {
    auto events = app().capture_events();
    auto messages = app().capture_group_messages();
    application().recheck({.group = "room"});
    chanx::send_event(application(), "room", Renamed{"x", 2});
    REQUIRE(events.size() == 1);
    CHECK(events.all()[0].group == "room");
    CHECK(serialize(events.all()[0].json) == R"({"action":"renamed","payload":"x","room_number":2})");
    CHECK(messages.size() == 0);
}

TEST_CASE_METHOD(Fixture, "sending an event runs no consumer before the call has returned",
                 "[consumer][event]") {
    auto alice = in_room();
    chanx::send_event(application(), "room", Renamed{"later"});
    CHECK(script->trace.empty());
    app().run_until_idle();
    CHECK(script->trace == std::vector<std::string>{"renamed later"});
}

TEST_CASE_METHOD(Fixture, "an event's frames carry no ref", "[consumer][event][ref]") {
    auto alice = in_room();
    script->say = [this](Consumer&, std::string) -> chanx::awaitable<> {
        chanx::send_event(application(), "room", Tick{});
        co_return;
    };
    alice.send_message(Say{"x"}, chanx::Ref(4));
    CHECK(alice.receive_text() == said("tick"));
    CHECK(alice.receive_text() == complete);
    // The mail that a message caused comes before its own complete.
    CHECK(alice.receive_text() == R"({"action":"complete","payload":null,"ref":4})");
}

TEST_CASE_METHOD(Fixture, "events and messages are handled one after another, in the order of their arrival",
                 "[consumer][event]") {
    auto alice = in_room();
    script->say = [](Consumer&, std::string) -> chanx::awaitable<> { co_await chanx::sleep_for(50ms); };
    script->renamed = script->say;
    alice.send_message(Say{"1"});
    app().advance(10ms);
    chanx::send_event(application(), "room", Renamed{"2"});
    alice.send_message(Say{"3"});
    app().advance(10ms);
    chanx::send_event(application(), "room", Renamed{"4"});
    alice.send_message(Say{"5"});
    CHECK(script->trace == std::vector<std::string>{"say 1"});
    app().advance(1s);
    CHECK(script->trace == std::vector<std::string>{"say 1", "renamed 2", "say 3", "renamed 4", "say 5"});
}

TEST_CASE_METHOD(Fixture, "an event whose handler throws is logged and answered, and the connection stays",
                 "[consumer][event]") {
    auto alice = in_room();
    script->renamed = [](Consumer&, std::string text) -> chanx::awaitable<> {
        if (text == "api") throw chanx::ApiException(409, "Taken");
        throw std::runtime_error("the cause");
    };
    chanx::send_event(application(), "room", Renamed{"x"});
    CHECK(alice.receive_text() == R"({"action":"error","payload":{"detail":"Failed to process event"}})");
    CHECK(alice.receive_text() == complete);
    CHECK(log.line("the cause").find("hook=receive_event") != std::string::npos);
    chanx::send_event(application(), "room", Renamed{"api"});
    CHECK(alice.receive_text() == R"({"action":"error","payload":{"detail":"Taken"}})");
    CHECK(alice.receive_text() == complete);
    alice.send_message(chanx::PingMessage{});
    CHECK(alice.receive_until_action("pong").size() == 1);
}

TEST_CASE_METHOD(
    Fixture, "an event that the consumer does not know, or that is invalid, is logged, counted and dropped",
    "[consumer][event]") {
    auto alice = in_room();
    chanx::send_event(application(), "room", Unknown{});
    chanx::send_event(application(), "room", Renamed{"longer than ten characters"});
    chanx::send_event(application(), "room", Tick{});
    CHECK(alice.receive_text() == said("tick"));
    CHECK(alice.receive_text() == complete);
    CHECK(alice.receive_nothing());
    CHECK(application().counts().dropped_events == 2);
    CHECK(log.count("event dropped") == 2);
    CHECK(log.line("string_too_long").find("action=renamed") != std::string::npos);
    CHECK(log.line("union_tag_invalid").find("action=" + std::string(Unknown::action) + " ") != std::string::npos);

    auto deaf = communicator("/deaf/", {});
    deaf.connect();
    deaf.receive_all_json();
    application().send_event<Consumer>("room", Tick{});
    CHECK(deaf.receive_nothing());
    CHECK(application().counts().dropped_events == 3);
}

TEST_CASE_METHOD(Camel, "events do not depend on the settings that shape frames", "[consumer][event]") {
    auto alice = in_room();
    chanx::send_event(application(), "room", Renamed{"x", 3});
    CHECK(alice.receive_text() == R"({"type":"said","payload":"x 3"})");
}

TEST_CASE_METHOD(SmallMailbox, "more events than may wait close with 1013", "[consumer][event]") {
    auto alice = in_room();
    script->say = [](Consumer&, std::string) -> chanx::awaitable<> { co_await chanx::sleep_for(50ms); };
    alice.send_message(Say{"x"});
    app().advance(10ms);
    for (int i = 0; i < 3; ++i) chanx::send_event(application(), "room", Tick{});
    app().run_until_idle();
    CHECK(application().counts().memberships == 1);
    chanx::send_event(application(), "room", Tick{});
    app().run_until_idle();
    CHECK(application().counts().memberships == 0);
    alice.assert_closed(1013);
    app().advance(1s);
    CHECK(script->trace == std::vector<std::string>{"say x", "on_disconnect 1013"});
    CHECK(application().counts().sessions == 0);
    CHECK(log.count("mailbox full") == 1);
}

TEST_CASE_METHOD(SmallMailbox, "events that are handled make room for others", "[consumer][event]") {
    auto alice = in_room();
    for (int i = 0; i < 20; ++i) {
        chanx::send_event(application(), "room", Tick{});
        app().run_until_idle();
    }
    CHECK(alice.close_code() == 0);
    CHECK(alice.receive_all_json().size() == 20);
}

TEST_CASE_METHOD(Fixture, "events that wait when the connection ends are dropped", "[consumer][event]") {
    auto alice = in_room();
    script->renamed = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.close(4000, "enough");
        co_return;
    };
    chanx::send_event(application(), "room", Renamed{"1"});
    chanx::send_event(application(), "room", Renamed{"2"});
    alice.assert_closed(4000);
    app().advance(1s);
    CHECK(script->trace == std::vector<std::string>{"renamed 1", "on_disconnect 4000"});
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture,
                 "an event handler that waits when the connection ends is cancelled after hook_timeout",
                 "[consumer][event]") {
    auto alice = in_room();
    script->renamed = [](Consumer&, std::string) -> chanx::awaitable<> { co_await chanx::sleep_for(1h); };
    chanx::send_event(application(), "room", Renamed{"1"});
    app().advance(10ms);
    alice.disconnect();
    app().advance(11s);
    CHECK(script->trace == std::vector<std::string>{"renamed 1", "on_disconnect 1000"});
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture, "group messages overtake events that wait for a running hook",
                 "[consumer][event]") {
    auto alice = in_room();
    script->say = [](Consumer&, std::string) -> chanx::awaitable<> { co_await chanx::sleep_for(50ms); };
    alice.send_message(Say{"x"});
    app().advance(10ms);
    chanx::send_event(application(), "room", Tick{});
    application().send_group_message<Consumer>("room", Said{"news"});
    CHECK(alice.receive_text() == said("news", foreign));
    CHECK(alice.receive_text() == group_complete);
    CHECK(alice.receive_text() == said("tick"));
}

TEST_CASE_METHOD(Fixture,
                 "an HTTP handler, a timer's task, a pool's thread and any other thread send to a group",
                 "[consumer][group]") {
    auto alice = in_room();
    CHECK(client().request("POST", "/announce").status() == 204);
    CHECK(alice.receive_text() == said("from a handler", foreign));
    CHECK(alice.receive_text() == group_complete);

    std::thread([this] {
        application().send_group_message<Consumer>("room", Said{"from a thread"});
        chanx::send_event(application(), "room", Renamed{"thread", 1});
    }).join();
    CHECK(alice.receive_text() == said("from a thread", foreign));
    CHECK(alice.receive_text() == group_complete);
    CHECK(alice.receive_text() == said("thread 1"));
    CHECK(alice.receive_text() == complete);

    chanx::BlockingPool pool({.name = "workers", .threads = 1, .queue = 8});
    app().run([](chanx::Application& application, chanx::BlockingPool& workers) -> chanx::awaitable<> {
        co_await chanx::sleep_for(1s);
        application.send_group_message<Consumer>("room", Said{"from a timer"});
        co_await chanx::run_blocking(
            workers, [&] { application.send_group_message<Consumer>("room", Said{"from a worker"}); });
    }(application(), pool));
    CHECK(alice.receive_text() == said("from a timer", foreign));
    CHECK(alice.receive_text() == group_complete);
    CHECK(alice.receive_text() == said("from a worker", foreign));
}

TEST_CASE_METHOD(Fixture, "a consumer's own group messages from an event handler come before its complete",
                 "[consumer][event]") {
    auto alice = in_room();
    script->renamed = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        self.send_group_message(Said{text});
        co_return;
    };
    chanx::send_event(application(), "room", Renamed{"x"});
    CHECK(alice.receive_text() == said("x", own));
    CHECK(alice.receive_text() == group_complete);
    CHECK(alice.receive_text() == complete);
}
