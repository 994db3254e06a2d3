#include "support/scripted_consumer.hpp"

#include <chanx/consumer/json_consumer.hpp>

#include <stdexcept>

// Groups, refs, completion and tasks, through the communicator.

using namespace scripted;

namespace {

std::string said(std::string_view payload, std::string_view rest) {
    return R"({"action":"said","payload":")" + std::string(payload) + '"' + std::string(rest) + "}";
}
constexpr std::string_view own = R"(,"is_mine":true,"is_current":true)";
constexpr std::string_view mine = R"(,"is_mine":true,"is_current":false)";
constexpr std::string_view foreign = R"(,"is_mine":false,"is_current":false)";

auto to_group(chanx::GroupSendOptions options = {}) {
    return [options](Consumer& self, std::string text) -> chanx::awaitable<> {
        self.send_group_message(Said{std::move(text)}, options);
        return nothing();
    };
}

}  // namespace

TEST_CASE_METHOD(Fixture, "two tabs of one user see a message as mine, and one of them as current",
                 "[consumer][group]") {
    script.say = to_group();
    auto tab1 = in_room("alice");
    auto tab2 = in_room("alice");
    auto bob = in_room("bob");
    tab1.send_message(Say{"hi"});
    CHECK(tab1.receive_text() == said("hi", own));
    CHECK(tab2.receive_text() == said("hi", mine));
    CHECK(bob.receive_text() == said("hi", foreign));
    for (auto* each : {&tab1, &tab2, &bob}) CHECK(each->receive_text() == group_complete);
    CHECK(tab1.receive_text() == complete);
    CHECK(tab2.receive_nothing());
    CHECK(bob.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "an anonymous sender's message is mine for its own connection only",
                 "[consumer][group]") {
    script.say = to_group();
    auto one = communicator();
    auto two = communicator();
    one.connect();
    two.connect();
    one.receive_all_json();
    two.receive_all_json();
    one.send_message(Say{"hi"});
    CHECK(one.receive_text() == said("hi", own));
    CHECK(two.receive_text() == said("hi", foreign));
}

TEST_CASE_METHOD(Fixture, "what the server sends is nobody's", "[consumer][group]") {
    auto alice = in_room("alice");
    application().send_group_message<Consumer>("room_1", Said{"news"});
    CHECK(alice.receive_text() == said("news", foreign));
    CHECK(alice.receive_text() == group_complete);
    application().send_group_message<Consumer>("room_2", Said{"elsewhere"});
    CHECK(alice.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "what the server sends on behalf of a sender is that sender's, with the ref",
                 "[consumer][group]") {
    std::optional<chanx::SenderHandle> handle;
    script.say = [&](Consumer& self, std::string) -> chanx::awaitable<> {
        handle = self.sender_handle();
        return nothing();
    };
    auto tab1 = in_room("alice");
    auto tab2 = in_room("alice");
    auto bob = in_room("bob");
    tab1.send_message(Say{"x"}, chanx::Ref(9));
    tab1.receive_all_json();
    REQUIRE(handle);
    application().send_group_message<Consumer>("room_1", Said{"saved"}, {.as = *handle});
    CHECK(tab1.receive_text() == said("saved", std::string(R"(,"ref":9)") + std::string(own)));
    CHECK(tab2.receive_text() == said("saved", mine));
    CHECK(bob.receive_text() == said("saved", foreign));

    tab1.disconnect();
    application().send_group_message<Consumer>("room_1", Said{"later"},
                                               {.as = *handle, .exclude_current = true});
    bob.receive_text();
    CHECK(bob.receive_text() == said("later", foreign));
}

TEST_CASE_METHOD(Fixture, "exclude_current leaves out the sender's connection and nobody else",
                 "[consumer][group]") {
    script.say = to_group({.exclude_current = true});
    auto tab1 = in_room("alice");
    auto tab2 = in_room("alice");
    tab1.send_message(Say{"hi"});
    CHECK(tab1.receive_text() == complete);
    CHECK(tab2.receive_text() == said("hi", mine));
}

TEST_CASE_METHOD(Fixture, "only_current goes to the sender's connection alone, as a group message does",
                 "[consumer][group]") {
    script.say = to_group({.only_current = true});
    auto tab1 = in_room("alice");
    auto tab2 = in_room("alice");
    tab1.send_message(Say{"hi"}, chanx::Ref(1));
    CHECK(tab1.receive_text() == said("hi", std::string(R"(,"ref":1)") + std::string(own)));
    CHECK(tab1.receive_text() == group_complete);
    CHECK(tab1.receive_text() == R"({"action":"complete","payload":null,"ref":1})");
    CHECK(tab2.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "a group message for nobody at all is the programmer's mistake",
                 "[consumer][group]") {
    bool refused = false;
    script.say = [&](Consumer& self, std::string text) -> chanx::awaitable<> {
        try {
            self.send_group_message(Said{std::move(text)}, {.exclude_current = true, .only_current = true});
        } catch (const std::invalid_argument& error) {
            refused =
                std::string(error.what()).starts_with("chanx: a group message with both exclude_current and");
        }
        return nothing();
    };
    auto alice = in_room("alice");
    auto bob = in_room("bob");
    alice.send_message(Say{"hi"});
    CHECK(alice.receive_text() == complete);
    CHECK(refused);
    CHECK(bob.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "send_to_groups reaches groups that the sender is not in", "[consumer][group]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        const std::vector<std::string> groups{"room_2"};
        self.send_to_groups(groups, Said{text});
        return nothing();
    };
    auto alice = in_room("alice");
    auto bob = communicator("/room/2/", {{"X-User", "bob"}});
    bob.connect();
    bob.receive_all_json();
    alice.send_message(Say{"hi"});
    CHECK(alice.receive_all_json().empty());
    CHECK(bob.receive_text() == said("hi", foreign));
}

TEST_CASE_METHOD(Fixture, "a group that is named twice is joined once", "[consumer][group]") {
    script.build_groups = [](Consumer&) -> chanx::awaitable<std::vector<std::string>> {
        co_return std::vector<std::string>{"a", "b", "a"};
    };
    auto alice = in_room("alice");
    CHECK(application().counts().memberships == 2);
    CHECK(application().counts().groups == 2);
    application().send_group_message<Consumer>("a", Said{"once"});
    CHECK(alice.receive_until_action("said").size() == 1);
    alice.receive_text();
    CHECK(alice.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "a ref of any allowed form comes back on replies, own copies, errors and complete",
                 "[consumer][ref]") {
    auto alice = in_room("alice");
    const std::string longest(64, 'r');
    const std::pair<std::string, std::string> forms[] = {{"7", "7"},
                                                         {"-9223372036854775808", "-9223372036854775808"},
                                                         {"9223372036854775807", "9223372036854775807"},
                                                         {"0", "0"},
                                                         {R"("")", R"("")"},
                                                         {R"("a\"b")", R"("a\"b")"},
                                                         {'"' + longest + '"', '"' + longest + '"'}};
    for (const auto& [sent, back] : forms) {
        INFO(sent);
        const std::string ref = R"(,"ref":)" + back;
        alice.send_text(R"({"action":"say","payload":"x","ref":)" + sent + "}");
        CHECK(alice.receive_text() == said("x", ref));
        CHECK(alice.receive_text() == R"({"action":"complete","payload":null)" + ref + "}");
        alice.send_text(R"({"ref":)" + sent + R"(,"action":"say","payload":5})");
        const std::string error = alice.receive_text();
        CHECK(error.find(R"("action":"error")") != std::string::npos);
        CHECK(error.find(ref) != std::string::npos);
        CHECK(alice.receive_text() == R"({"action":"complete","payload":null)" + ref + "}");
    }
}

TEST_CASE_METHOD(Fixture, "a ref of another form is an error at ref", "[consumer][ref]") {
    auto alice = in_room("alice");
    for (const std::string& bad :
         std::vector<std::string>{"true", "null", "1.5", "[]", "{}", "9223372036854775808",
                                  std::string(1, '"') + std::string(65, 'r') + std::string(1, '"')}) {
        INFO(bad);
        alice.send_text(R"({"action":"say","payload":"x","ref":)" + bad + "}");
        const auto replies = alice.receive_all_json();
        REQUIRE(replies.size() == 1);
        CHECK(replies[0].at("action") == "error");
        CHECK(serialize(replies[0].at("payload").at(0).at("loc")) == R"(["ref"])");
        CHECK_FALSE(replies[0].contains("ref"));
    }
    CHECK(traced("say") == 0);
}

TEST_CASE_METHOD(Fixture, "a ref comes back after its handler has waited, and is gone with the next message",
                 "[consumer][ref]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        co_await chanx::sleep_for(20ms);
        self.send_message(Said{text});
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"a"}, chanx::Ref(1));
    alice.send_message(Say{"b"});
    CHECK(alice.receive_text() == said("a", R"(,"ref":1)"));
    CHECK(alice.receive_text() == R"({"action":"complete","payload":null,"ref":1})");
    CHECK(alice.receive_text() == said("b", ""));
    CHECK(alice.receive_text() == complete);
}

TEST_CASE_METHOD(Fixture, "a spawned task's frames carry no ref, also while the handler goes on",
                 "[consumer][ref]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.spawn([&self]() -> chanx::awaitable<> {
            self.send_message(Said{"task"});
            self.send_group_message(Said{"task"});
            return nothing();
        });
        co_await chanx::sleep_for(50ms);
        self.send_message(Said{"handler"});
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"}, chanx::Ref(1));
    CHECK(alice.receive_text() == said("task", ""));
    CHECK(alice.receive_text() == said("task", own));
    CHECK(alice.receive_text() == group_complete);
    CHECK(alice.receive_text() == said("handler", R"(,"ref":1)"));
}

TEST_CASE_METHOD(
    Fixture,
    "the connect phase gives authentication, each group message with its group_complete, then complete",
    "[consumer][completion]") {
    script.post_authentication = [](Consumer& self) -> chanx::awaitable<> {
        self.send_group_message(Said{"one"});
        self.send_message(Said{"two"});
        self.send_group_message(Said{"three"});
        return nothing();
    };
    auto alice = as("alice");
    alice.connect();
    CHECK(alice.receive_text() == authenticated);
    CHECK(alice.receive_text() == said("one", own));
    CHECK(alice.receive_text() == group_complete);
    CHECK(alice.receive_text() == said("two", ""));
    CHECK(alice.receive_text() == said("three", own));
    CHECK(alice.receive_text() == group_complete);
    CHECK(alice.receive_text() == complete);
    CHECK(alice.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "send_json sends any JSON as it is", "[consumer]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.send_json(boost::json::object{{"action", "free"}, {"x", 1}});
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"}, chanx::Ref(1));
    CHECK(alice.receive_text() == R"({"action":"free","x":1})");
}

TEST_CASE_METHOD(Fixture, "a spawned task outlives its handler and its callable is kept",
                 "[consumer][task]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        auto owned = std::make_unique<std::string>("owned " + text);
        self.spawn([&self, owned = std::move(owned)]() -> chanx::awaitable<> {
            co_await chanx::sleep_for(1s);
            self.send_message(Said{*owned});
        });
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    CHECK(alice.receive_text() == complete);
    CHECK(alice.receive_text(2s) == said("owned x", ""));
}

TEST_CASE_METHOD(Fixture, "an exception of a spawned task is logged with the connection's ids",
                 "[consumer][task]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.spawn([]() -> chanx::awaitable<> {
            co_await chanx::sleep_for(1ms);
            throw std::runtime_error("task failed so");
        });
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    alice.receive_all_json();
    app().advance(100ms);
    CHECK(log.line("task failed so").find("user=alice") != std::string::npos);
    CHECK(alice.close_code() == 0);
    CHECK(alice.receive_nothing());
}

TEST_CASE_METHOD(Fixture, "spawned tasks are cancelled after on_disconnect and waited for",
                 "[consumer][task]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.spawn([&self]() -> chanx::awaitable<> {
            try {
                co_await chanx::sleep_for(1h);
            } catch (const chanx::Cancelled&) {
                self.note("cancelled");
                throw;
            }
        });
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    alice.receive_all_json();
    script.trace.clear();
    alice.disconnect();
    app().run_until_idle();
    CHECK(script.trace == std::vector<std::string>{"on_disconnect 1000", "cancelled"});
    CHECK(application().counts().sessions == 0);
    CHECK(log.count("hook failed") == 0);
}

TEST_CASE_METHOD(Fixture, "a task spawned by on_disconnect is cancelled at its first wait",
                 "[consumer][task]") {
    script.on_disconnect = [](Consumer& self, chanx::CloseReason) -> chanx::awaitable<> {
        self.spawn([&self]() -> chanx::awaitable<> {
            self.note("started");
            co_await chanx::sleep_for(1h);
            self.note("not reached");
        });
        return nothing();
    };
    auto alice = in_room("alice");
    alice.disconnect();
    app().run_until_idle();
    CHECK(traced("started") == 1);
    CHECK(traced("not reached") == 0);
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture, "a connection may have so many tasks and no more", "[consumer][task]") {
    std::size_t spawned = 0;
    script.say = [&](Consumer& self, std::string) -> chanx::awaitable<> {
        for (;;) {
            self.spawn([]() -> chanx::awaitable<> { co_await chanx::sleep_for(1s); });
            ++spawned;
        }
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    CHECK(alice.receive_all_json().at(0).at("action") == "error");
    CHECK(spawned == 64);
    CHECK(log.count("max_tasks_per_connection") == 1);
    app().advance(2s);
    spawned = 0;
    alice.send_message(Say{"x"});
    alice.receive_all_json();
    CHECK(spawned == 64);
}
