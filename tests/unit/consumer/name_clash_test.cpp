#include "support/scripted_consumer.hpp"

#include <chanx/consumer/websocket_consumer.hpp>

// Members of users' classes whose names are close to what the session asks a consumer for.

namespace {

using scripted::nothing;

struct Post {
    static constexpr std::string_view action = "post";
};
BOOST_DESCRIBE_STRUCT(Post, (), ())

struct Posted {
    static constexpr std::string_view action = "posted";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Posted, (), (payload))

/// Helpers of that form in any class: each has the signature that a hook of that name would have.
template <class Base>
class Helpful : public Base {
  public:
    int called = 0;

    void answer(chanx::ConnectResponse&) const { throw std::logic_error("answer"); }
    void prepare(chanx::Transport&) const { throw std::logic_error("prepare"); }
    chanx::awaitable<chanx::detail::ConnectOutcome> authenticate() { return refuse(); }
    chanx::awaitable<chanx::detail::ConnectOutcome> authenticate_again() { return refuse(); }
    void report_authentication(const chanx::detail::ConnectOutcome&) { ++called; }
    chanx::awaitable<> join_groups() { return count(); }
    chanx::awaitable<> opened() { return count(); }
    std::optional<chanx::awaitable<>> begin_message(chanx::FrameKind, std::string_view) { return count(); }
    std::optional<chanx::awaitable<>> begin_mail(const chanx::GroupEventPtr&) { return count(); }
    std::optional<chanx::awaitable<>> begin_event(const chanx::GroupEvent&) { return count(); }
    std::optional<chanx::awaitable<>> begin_group_message(chanx::GroupEventPtr) { return count(); }
    std::optional<chanx::awaitable<>> decode_and_handle(std::string_view) { return count(); }
    void report_failure(std::string_view) { ++called; }
    void report_complete() { ++called; }
    std::string_view user_key() const noexcept { return "nobody"; }

  private:
    chanx::awaitable<chanx::detail::ConnectOutcome> refuse() {
        ++called;
        co_return chanx::detail::ConnectOutcome{403, "a helper was asked"};
    }
    chanx::awaitable<> count() {
        ++called;
        return nothing();
    }
};

using JsonBase = chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Post>, chanx::Events<Post>,
                                              chanx::GroupMessages<Posted>, chanx::InterceptGroupMessages>;

class Json final : public Helpful<JsonBase> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"room"};
    }
    chanx::awaitable<> receive_message(IncomingMessage) override {
        send_group_message(Posted{"helpers called: " + std::to_string(called)});
        throw std::runtime_error("broken");
    }
    chanx::awaitable<> receive_event(Event) override {
        send_message(Posted{"event"});
        return nothing();
    }
    chanx::awaitable<std::optional<GroupMessage>> on_group_message(GroupMessage message,
                                                                   chanx::GroupMessageInfo) override {
        co_return message;
    }
};

class Plain final : public Helpful<chanx::WebsocketConsumer> {
    chanx::awaitable<> receive_text(std::string) override {
        send_text("helpers called: " + std::to_string(called));
        return nothing();
    }
};

struct Fixture : WithLog, chanx::testing::WebsocketFixture {
    Fixture()
        : WebsocketFixture(std::make_unique<chanx::Application>(
              chanx::Router{chanx::path("json/", chanx::consumer<Json>()),
                            chanx::path("plain/", chanx::consumer<Plain>())})) {}
};

}  // namespace

TEST_CASE_METHOD(Fixture, "members of a typed consumer may be called as the framework's inner functions were",
                 "[consumer]") {
    auto client = communicator("/json/", {});
    client.connect();
    client.assert_authenticated_status_ok();
    CHECK(client.receive_text() == scripted::complete);
    client.send_message(Post{});
    CHECK(client.receive_text() == R"({"action":"error","payload":{"detail":"Failed to process message"}})");
    CHECK(client.receive_json().at("payload") == "helpers called: 0");
    application().send_event<Json>("room", Post{});
    CHECK(client.receive_until_action("posted").back().at("payload") == "event");
    client.disconnect();
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture, "members of an untyped consumer may too", "[consumer]") {
    auto client = communicator("/plain/", {});
    CHECK(client.connect().accepted);
    client.send_text("x");
    CHECK(client.receive_text() == "helpers called: 0");
}
