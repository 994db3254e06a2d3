// What testing.md shows, compiled and run.

#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/catch2.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

struct Edit {
    static constexpr std::string_view action = "edit";
    std::string title;
};
BOOST_DESCRIBE_STRUCT(Edit, (), (title))

struct Edited {
    static constexpr std::string_view action = "edited";
    std::string title;
};
BOOST_DESCRIBE_STRUCT(Edited, (), (title))

class NoteConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Edit>,
                                                               chanx::GroupMessages<Edited>> {
    chanx::awaitable<std::vector<std::string>> build_groups() override {
        co_return std::vector{"note_" + std::to_string(scope().param<std::int64_t>("id"))};
    }
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message),
                     [this](const Edit& edit) { send_group_message(Edited{.title = edit.title}); });
    }
};

std::unique_ptr<chanx::Application> make_application() {
    return std::make_unique<chanx::Application>(
        chanx::Router{chanx::path("ws/notes/<int:id>/", chanx::consumer<NoteConsumer>())});
}

struct NotesFixture : chanx::testing::WebsocketFixture {
    NotesFixture() : WebsocketFixture(make_application()) { ws_path = "/ws/notes/1/"; }
};

}  // namespace

// [docs:capture]
TEST_CASE_METHOD(NotesFixture, "an edit is published once, to its note", "[docs]") {
    auto ada = communicator();
    ada.connect();
    ada.receive_all_json();
    const auto published = app().capture_group_messages();
    ada.send_message(Edit{.title = "Tea"});
    ada.receive_all_json();
    INFO(published.text());
    REQUIRE(published.size() == 1);
    CHECK(published.all()[0].group == "note_1");
    CHECK(published.all()[0].json.at("title") == "Tea");
    CHECK(published.all()[0].sender.connection() != 0);
}
// [/docs:capture]

// [docs:seeds]
TEST_CASE("two tabs see the same edits in the same order, whatever happens first", "[docs]") {
    chanx::testing::catch2::for_each_seed(50, [](std::uint64_t) {
        NotesFixture notes;
        auto one = notes.communicator();
        auto two = notes.communicator();
        for (auto* tab : {&one, &two}) {
            tab->connect();
            tab->receive_all_json();
        }
        one.send_message(Edit{.title = "One"});
        two.send_message(Edit{.title = "Two"});
        notes.app().run_until_idle();
        const auto titles = [](chanx::testing::WebsocketCommunicator& tab) {
            std::string all;
            for (int i = 0; i < 2; ++i) all += tab.receive_until_action("edited").back().at("title").as_string();
            return all;
        };
        CHECK(titles(one) == titles(two));
    });
}
// [/docs:seeds]

// [docs:faults]
TEST_CASE("whichever read or write fails, nothing of a connection is left", "[docs]") {
    chanx::testing::catch2::for_each_fault([](chanx::testing::FaultInjection& faults) {
        NotesFixture notes;
        faults.attempt([&] {
            auto ada = notes.communicator();
            ada.connect();
            ada.send_message(Edit{.title = "Tea"});
            ada.receive_all_json();
            ada.disconnect();
        });
        notes.app().run_until_idle();
        CHECK(notes.application().counts().sessions == 0);
        CHECK(notes.application().counts().memberships == 0);
    });
}
// [/docs:faults]

TEST_CASE("a test sets what the application's settings leave open", "[docs]") {
    // [docs:overrides]
    struct Small : chanx::testing::WebsocketFixture {
        Small() : WebsocketFixture(make_application(), {.max_outbox_bytes = 4096, .max_connections = 1}) {}
    };
    // [/docs:overrides]
    Small small;
    auto one = small.communicator("/ws/notes/1/", {});
    CHECK(one.connect().accepted);
    one.receive_all_json();
    CHECK(small.communicator("/ws/notes/1/", {}).connect().status == 503);
}
