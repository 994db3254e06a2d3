#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/message/delivery.hpp>
#include <chanx/testing/test_application.hpp>

// Delivery classes of messages, from consumers and from outside.

namespace {

struct Moved {
    static constexpr std::string_view action = "moved";
    static constexpr auto delivery = chanx::DeliveryClass::latest;
    std::string delivery_key() const { return who; }
    std::string who;
    int x = 0;
};
BOOST_DESCRIBE_STRUCT(Moved, (), (who, x))

struct Typing {
    static constexpr std::string_view action = "typing";
    static constexpr auto delivery = chanx::DeliveryClass::droppable;
    std::string who;
};
BOOST_DESCRIBE_STRUCT(Typing, (), (who))

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

struct Policies : chanx::Policies<chanx::IncomingMessages<chanx::PingMessage, Said>,
                                  chanx::GroupMessages<Moved, Typing, Said>, chanx::SendCompletion<true>> {};

class Board final : public chanx::JsonWebsocketConsumer<void, Policies> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector<std::string>{"board"};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        if (std::get_if<Said>(&message) != nullptr) {
            send_message(Moved{"self", 1});
            send_message(Moved{"self", 2});
            send_group_message(Moved{"ada", 1});
            send_group_message(Said{"between"});
            send_group_message(Moved{"ada", 2});
        }
        co_return;
    }
};

chanx::Router routes() {
    return {chanx::path("board/", chanx::consumer<Board>())};
}

std::vector<std::string> told(const std::vector<boost::json::object>& frames) {
    std::vector<std::string> told;
    for (const auto& frame : frames) {
        std::string text(frame.at("action").as_string());
        if (const auto* who = frame.if_contains("who")) text += " " + std::string(who->as_string());
        if (const auto* x = frame.if_contains("x")) text += " " + std::to_string(x->as_int64());
        told.push_back(std::move(text));
    }
    return told;
}

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("A client that does not read gets the newest of each when it does, and completions for what came",
          "[delivery]") {
    chanx::Application application(routes());
    chanx::testing::TestApplication app(application);
    auto reader = app.communicator("/board/");
    auto stalled = app.communicator("/board/");
    REQUIRE(reader.connect().accepted);
    REQUIRE(stalled.connect().accepted);
    reader.receive_all_json();
    stalled.receive_all_json();
    stalled.stop_reading();
    for (int i = 0; i < 100; ++i) {
        application.send_group_message<Board>("board", Moved{"ada", i});
        application.send_group_message<Board>("board", Moved{"bob", i});
        app.run_until_idle();
    }
    application.send_group_message<Board>("board", Typing{"ada"});
    app.run_until_idle();
    stalled.resume_reading();
    app.run_until_idle();
    CHECK(told(stalled.receive_all_json()) == Told{"moved ada 99", "moved bob 99", "typing ada"});
    const auto all = reader.receive_all_json();
    CHECK(all.size() == 201);
    CHECK(told(all).back() == "typing ada");
    CHECK(application.statistics().outbox_drops[chanx::OutboxDrop::replaced] == 198);
}

TEST_CASE("Within one turn the newest stands where the first one stood", "[delivery]") {
    chanx::Application application(routes());
    chanx::testing::TestApplication app(application);
    auto ada = app.communicator("/board/");
    REQUIRE(ada.connect().accepted);
    ada.receive_all_json();
    ada.send_message(Said{"go"});
    app.run_until_idle();
    CHECK(told(ada.receive_all_json()) == Told{"moved self 2", "moved ada 2", "said"});
}

TEST_CASE("What is droppable is missing for a client that does not read, whose connection stays",
          "[delivery]") {
    chanx::Application application(routes(), {.max_outbox_bytes = 10'000});
    chanx::testing::TestApplication app(application);
    auto stalled = app.communicator("/board/");
    REQUIRE(stalled.connect().accepted);
    stalled.receive_all_json();
    stalled.stop_reading();
    for (int i = 0; i < 1000; ++i)
        application.send_group_message<Board>("board", Typing{std::string(100, 'x')});
    application.send_group_message<Board>("board", Said{"important"});
    app.run_until_idle();
    stalled.resume_reading();
    app.run_until_idle();
    const auto frames = stalled.receive_all_json();
    CHECK(frames.size() < 100);
    REQUIRE_FALSE(frames.empty());
    CHECK(told(frames).back() == "said");
    CHECK(stalled.close_code() == 0);
}
