#include "support/scripted_consumer.hpp"
#include "support/tail_calls.hpp"

#include <chanx/consumer/json_consumer.hpp>

// Groups that are joined and left while the connection is open, through the communicator.

using namespace scripted;

namespace {

std::string said(std::string_view payload, std::string_view rest) {
    return R"({"action":"said","payload":")" + std::string(payload) + '"' + std::string(rest) + "}";
}
constexpr std::string_view foreign = R"(,"is_mine":false,"is_current":false)";

/// A test's script for `say`: the payload is a command.
chanx::awaitable<> change_groups(Consumer& self, std::string command) {
    const std::string name = command.substr(command.find(' ') + 1);
    if (command.starts_with("join")) {
        co_await self.join_group(name);
    } else {
        self.note(self.leave_group(name) ? "left" : "was not in it");
    }
    std::string all;
    for (const auto& group : self.groups()) all += group + " ";
    self.send_message(Said{all});
}

std::string answer_to(chanx::testing::WebsocketCommunicator& who, std::string command) {
    who.send_message(Say{std::move(command)});
    return serialize(who.receive_all_json().at(0).at("payload"));
}

struct FewGroups : Fixture {
    FewGroups() : Fixture({}, {.max_groups_per_connection = 3}) {}
};
struct ManyGroups : Fixture {
    ManyGroups() : Fixture({}, {.max_groups_per_connection = 100'000}) {}
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a connection joins and leaves groups while it is open", "[consumer][group]") {
    script.say = change_groups;
    auto alice = in_room("alice");
    CHECK(answer_to(alice, "join side") == R"("room_1 side ")");
    CHECK(answer_to(alice, "join side") == R"("room_1 side ")");
    CHECK(application().counts().memberships == 2);
    application().send_group_message<Consumer>("side", Said{"there"});
    CHECK(alice.receive_text() == said("there", foreign));
    CHECK(alice.receive_text() == group_complete);
    CHECK(answer_to(alice, "leave room_1") == R"("side ")");
    CHECK(answer_to(alice, "leave room_1") == R"("side ")");
    CHECK(traced("left") == 1);
    CHECK(traced("was not in it") == 1);
    application().send_group_message<Consumer>("room_1", Said{"gone"});
    CHECK(alice.receive_nothing());
    CHECK(application().counts().memberships == 1);
    CHECK(answer_to(alice, "join room_1") == R"("side room_1 ")");
    alice.disconnect();
    app().run_until_idle();
    CHECK(application().counts().memberships == 0);
    CHECK(application().counts().groups == 0);
}

TEST_CASE_METHOD(Fixture, "send_group_message goes to the groups joined since", "[consumer][group]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        if (text == "join") {
            co_await self.join_group("side");
        } else {
            self.send_group_message(Said{text});
        }
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"join"});
    alice.receive_all_json();
    alice.send_message(Say{"twice"});
    CHECK(alice.receive_all_json().size() == 2);
}

TEST_CASE_METHOD(Fixture, "a group's name is checked, and the error says what is wrong",
                 "[consumer][group]") {
    script.say = change_groups;
    auto alice = in_room("alice");
    const std::pair<std::string, std::string> bad[] = {
        {"join ", "has 1 to 200 bytes"},
        {"join " + std::string(201, 'g'), "has 201"},
        {"join ~session:x", "begins with '~', which is the framework's own"}};
    for (const auto& [command, text] : bad) {
        CHECK(answer_to(alice, command) == R"({"detail":"Failed to process message"})");
        CHECK(log.line(text).find("hook=receive_message") != std::string::npos);
    }
    CHECK(answer_to(alice, "join " + std::string(200, 'g')).size() == 2 + 7 + 201);
    CHECK(answer_to(alice, "leave ~session:x").find("room_1") == 1);
    CHECK(traced("was not in it") == 1);
}

TEST_CASE_METHOD(FewGroups, "a connection may be in so many groups and no more", "[consumer][group]") {
    script.say = change_groups;
    auto alice = in_room("alice");
    answer_to(alice, "join 2");
    answer_to(alice, "join 3");
    CHECK(answer_to(alice, "join 4") == R"({"detail":"Failed to process message"})");
    CHECK(log.line("max_groups_per_connection").find("already in 3 groups") != std::string::npos);
    answer_to(alice, "leave 2");
    CHECK(answer_to(alice, "join 4") == R"("room_1 3 4 ")");
}

TEST_CASE_METHOD(ManyGroups, "very many groups are joined, each once, and left in any order",
                 "[consumer][group]") {
    constexpr int count = support::tail_calls ? 20'000 : 1'000;
    script.build_groups = [](Consumer&) -> chanx::awaitable<std::vector<std::string>> {
        std::vector<std::string> names;
        for (int round = 0; round < 2; ++round) {
            for (int i = 0; i < count; ++i) names.push_back("group_" + std::to_string(i));
        }
        co_return names;
    };
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        for (const int i : {0, 7, count - 1, 3}) self.leave_group("group_" + std::to_string(i));
        co_await self.join_group("group_7");
        self.note(self.groups().back() + " " + self.groups().front());
    };
    auto alice = in_room("alice");
    CHECK(application().counts().memberships == count);
    alice.send_message(Say{"x"});
    alice.receive_all_json();
    CHECK(application().counts().memberships == count - 3);
    CHECK(script.trace.back() == "group_7 group_1");
    application().send_group_message<Consumer>("group_" + std::to_string(count - 2), Said{"last"});
    CHECK(alice.receive_text() == said("last", foreign));
}

TEST_CASE_METHOD(Fixture, "joining after the end does nothing", "[consumer][group]") {
    script.on_disconnect = [](Consumer& self, chanx::CloseReason) -> chanx::awaitable<> {
        co_await self.join_group("late");
    };
    auto alice = in_room("alice");
    alice.disconnect();
    app().run_until_idle();
    CHECK(application().counts().memberships == 0);
    CHECK(application().counts().sessions == 0);
}
