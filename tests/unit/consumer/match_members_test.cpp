#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/chanx.hpp>
#include <chanx/clock.hpp>
#include <chanx/consumer/json_websocket_consumer.hpp>
#include <chanx/testing/websocket_fixture.hpp>

// Handlers that are member functions of the consumer, through the communicator.

namespace {

using namespace std::chrono_literals;

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))
struct Count {
    static constexpr std::string_view action = "count";
};
BOOST_DESCRIBE_STRUCT(Count, (), ())
struct Clear {
    static constexpr std::string_view action = "clear";
};
BOOST_DESCRIBE_STRUCT(Clear, (), ())
struct Leave {
    static constexpr std::string_view action = "leave";
};
BOOST_DESCRIBE_STRUCT(Leave, (), ())
struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))
struct Counted {
    static constexpr std::string_view action = "counted";
    std::int64_t payload = 0;
};
BOOST_DESCRIBE_STRUCT(Counted, (), (payload))

using Base =
    chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say, Count, Clear, Leave>,
                                 chanx::Events<Counted, Said>>;

template <class Consumer>
class WithClear : public Consumer {
  protected:
    void handle_clear(const Clear&) { count_ = 0; }

    std::int64_t count_ = 0;
};

class ChatConsumer final : public WithClear<Base> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), &ChatConsumer::handle_say, &ChatConsumer::handle_count,
            &ChatConsumer::handle_clear, [](const chanx::PingMessage&) { return chanx::PongMessage{}; },
            [](const auto& other) { return Said{"no " + std::string(other.action)}; });
    }
    chanx::awaitable<> receive_event(Event event) override {
        return match_event(std::move(event), &ChatConsumer::handle_counted, &ChatConsumer::handle_said);
    }

    // The message outlives the wait.
    chanx::awaitable<Said> handle_say(const Say& say) {
        ++count_;
        co_await chanx::sleep_for(1s);
        co_return Said{say.payload};
    }
    Counted handle_count(Count) const noexcept { return {count_}; }
    chanx::awaitable<> handle_counted(Counted counted) {
        count_ = counted.payload;
        co_return;
    }
    void handle_said(const Said& said) { send_message(said); }
};

/// Has the same base as Confused.
class Stranger final : public Base {
  public:
    void handle_say(const Say& say) { send_message(Said{say.payload}); }

  private:
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
    chanx::awaitable<> receive_event(Event) override { co_return; }
};

class Confused final : public Base {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), &Stranger::handle_say,
                     [](const auto&) { return chanx::PongMessage{}; });
    }
    chanx::awaitable<> receive_event(Event) override { co_return; }
};

struct Fixture : WithLog, chanx::testing::WebsocketFixture {
    Fixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(
              chanx::Router{chanx::path("room/", chanx::consumer<ChatConsumer>()),
                            chanx::path("confused/", chanx::consumer<Confused>())})) {}
    chanx::testing::WebsocketCommunicator at(std::string path) {
        auto made = communicator(std::move(path), {});
        made.connect();
        made.receive_all_json();
        return made;
    }
};

const std::string complete = R"({"action":"complete","payload":null})";

}  // namespace

TEST_CASE_METHOD(Fixture, "private member functions handle messages, and what they return is the reply",
                 "[consumer][match]") {
    auto client = at("/room/");
    const auto answer = [&](const auto& message) {
        client.send_message(message);
        std::string first = client.receive_text();
        if (first != complete) CHECK(client.receive_text() == complete);
        return first;
    };
    CHECK(answer(Say{"hi"}) == R"({"action":"said","payload":"hi"})");
    CHECK(answer(Say{"ho"}) == R"({"action":"said","payload":"ho"})");
    CHECK(answer(Count{}) == R"({"action":"counted","payload":2})");
    CHECK(answer(Clear{}) == complete);
    CHECK(answer(Count{}) == R"({"action":"counted","payload":0})");
    CHECK(answer(chanx::PingMessage{}) == R"({"action":"pong","payload":null})");
    CHECK(answer(Leave{}) == R"({"action":"said","payload":"no leave"})");
}

TEST_CASE_METHOD(Fixture, "member functions handle events", "[consumer][match][event]") {
    auto client = at("/room/");
    application().send_event<ChatConsumer>("room", Counted{7});
    CHECK(client.receive_text() == complete);
    client.send_message(Count{});
    CHECK(client.receive_text() == R"({"action":"counted","payload":7})");
    CHECK(client.receive_text() == complete);
    application().send_event<ChatConsumer>("room", Said{"news"});
    CHECK(client.receive_text() == R"({"action":"said","payload":"news"})");
    CHECK(client.receive_text() == complete);
}

TEST_CASE_METHOD(Fixture, "a member function of another consumer with the same base is an error, not a call",
                 "[consumer][match]") {
    auto client = at("/confused/");
    client.send_message(Say{"x"});
    CHECK(client.receive_text() == R"({"action":"error","payload":{"detail":"Failed to process message"}})");
    CHECK(client.receive_text() == complete);
    CHECK(log.count("chanx: match has a member function of another consumer") == 1);
    client.send_message(chanx::PingMessage{});
    CHECK(client.receive_text() == R"({"action":"pong","payload":null})");
}
