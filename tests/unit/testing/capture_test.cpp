#include <chanx/testing/capture.hpp>

#include "support/scripted_consumer.hpp"

#include <boost/json/serialize.hpp>

using namespace scripted;

TEST_CASE_METHOD(Fixture, "a capture records group messages as they were published, with group and sender",
                 "[testing][capture]") {
    std::uint64_t connection = 0;
    script.say = [&](Consumer& self, std::string text) -> chanx::awaitable<> {
        connection = self.connection_id();
        self.send_group_message(Said{std::move(text)}, {.exclude_current = true});
        return nothing();
    };
    auto alice = in_room("alice");
    const auto sent = app().capture_group_messages();
    CHECK(sent.empty());
    CHECK(sent.text() == "  nothing was published\n");
    alice.send_message(Say{"hi"}, chanx::Ref(7));
    alice.receive_all_json();
    application().send_group_message<Consumer>("room_9", Said{"to nobody"});

    const auto all = sent.all();
    REQUIRE(all.size() == 2);
    CHECK(all[0].group == "room_1");
    CHECK(all[0].action == "said");
    CHECK(serialize(all[0].json) == R"({"action":"said","payload":"hi"})");
    CHECK(all[0].sender.connection() == connection);
    CHECK(all[0].sender.user() == "alice");
    CHECK(all[0].exclude_current);
    CHECK(all[1].group == "room_9");
    CHECK(all[1].sender.connection() == 0);
    CHECK_FALSE(all[1].exclude_current);
    CHECK(sent.actions() == std::vector<std::string>{"said", "said"});
    CHECK(sent.of("said").size() == 2);
    CHECK(sent.of("other").empty());
    CHECK(sent.text() == "  to room_1: {\"action\":\"said\",\"payload\":\"hi\"} from connection " +
                             std::to_string(connection) +
                             " of alice\n  to room_9: {\"action\":\"said\",\"payload\":\"to nobody\"} from the server\n");
}

TEST_CASE_METHOD(Fixture, "a capture records while it lives, and only the group that it is asked for",
                 "[testing][capture]") {
    application().send_group_message<Consumer>("room_1", Said{"before"});
    auto everything = app().capture_group_messages();
    {
        const auto one = app().capture_group_messages("room_1");
        application().send_group_message<Consumer>("room_1", Said{"a"});
        application().send_group_message<Consumer>("room_2", Said{"b"});
        CHECK(one.size() == 1);
        CHECK(everything.size() == 2);
    }
    everything.clear();
    application().send_group_message<Consumer>("room_1", Said{"c"});
    REQUIRE(everything.size() == 1);
    CHECK(everything.all()[0].json.at("payload") == "c");
}

TEST_CASE_METHOD(Fixture, "a capture leaves delivery as it is", "[testing][capture]") {
    auto alice = in_room("alice");
    const auto sent = app().capture_group_messages();
    application().send_group_message<Consumer>("room_1", Said{"news"});
    CHECK(alice.receive_text() == R"({"action":"said","payload":"news","is_mine":false,"is_current":false})");
}

TEST_CASE_METHOD(Fixture, "a recheck is neither a message nor an event", "[testing][capture]") {
    auto alice = in_room("alice");
    const auto messages = app().capture_group_messages();
    const auto events = app().capture_events();
    script.permission = [](const User*) { return false; };
    application().recheck({.group = "room_1", .user = "alice"});
    alice.assert_closed(4403);
    application().send_group_message<Consumer>("room_1", Said{"x"});
    CHECK(messages.size() == 1);
    CHECK(events.empty());
}

TEST_CASE("what answers a message is recorded after it", "[testing][capture]") {
    Fixture room;
    room.script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        self.send_group_message(Said{text});
        self.send_group_message(Said{text + " again"});
        return nothing();
    };
    auto alice = room.in_room("alice");
    auto bob = room.in_room("bob");
    const auto sent = room.app().capture_group_messages("room_1");
    alice.send_message(Say{"a"});
    alice.receive_all_json();
    bob.send_message(Say{"b"});
    bob.receive_all_json();
    std::vector<std::string> payloads;
    for (const auto& each : sent.all()) payloads.emplace_back(each.json.at("payload").as_string());
    CHECK(payloads == std::vector<std::string>{"a", "a again", "b", "b again"});
}

TEST_CASE("a test application gives the application's own layer back", "[testing][capture]") {
    const LogCapture log;
    const auto application = Fixture::make({});
    for (int round = 0; round < 2; ++round) {
        chanx::testing::TestApplication app(*application);
        const auto sent = app.capture_group_messages();
        application->send_group_message<Consumer>("room_1", Said{"x"});
        CHECK(sent.size() == 1);
    }
    CHECK(application->counts().groups == 0);
}
