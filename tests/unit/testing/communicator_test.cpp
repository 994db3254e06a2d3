#include <chanx/testing/communicator.hpp>

#include "support/scripted_consumer.hpp"

using namespace scripted;
using chanx::testing::CommunicatorError;

namespace {

template <class Call>
std::string failure(Call call) {
    try {
        call();
    } catch (const CommunicatorError& error) {
        return error.what();
    }
    return "nothing was thrown";
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a failed wait says where, what was awaited and what arrived", "[testing]") {
    auto alice = in_room("alice");
    alice.send_message(Say{"hello"});
    const auto text = failure([&] { alice.receive_until_action("history"); });
    CHECK(holds(text, "/room/1/"));
    CHECK(holds(text, "the action history"));
    CHECK(holds(text, R"({"action":"said","payload":"hello"})"));
    CHECK(holds(text, R"({"action":"complete","payload":null})"));
    CHECK(holds(failure([&] { alice.receive_json(); }), "a JSON frame"));
    CHECK(holds(failure([&] { alice.receive_text(); }), "a text frame"));
    CHECK(holds(failure([&] { alice.assert_closed(1000); }), "the close code 1000"));
}

TEST_CASE_METHOD(Fixture, "a failed wait says how the connection was closed", "[testing]") {
    script.permission = [](const User*) { return false; };
    auto alice = as("alice");
    alice.connect();
    CHECK(holds(failure([&] { alice.receive_all_json(); }), "closed with 4403 (Permission denied)"));
    CHECK(holds(failure([&] { alice.assert_closed(1000); }), "4403"));
    CHECK(holds(failure([&] { alice.send_text("x"); }), "closed"));
}

TEST_CASE_METHOD(Fixture, "assert_authenticated_status_ok refuses every other status", "[testing]") {
    script.permission = [](const User*) { return false; };
    auto alice = as("alice");
    alice.connect();
    CHECK(holds(failure([&] { alice.assert_authenticated_status_ok(); }), "status 200"));
}

TEST_CASE_METHOD(Fixture, "wait_for_auth refuses another frame", "[testing]") {
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    CHECK(holds(failure([&] { alice.wait_for_auth(); }), "the authentication frame first"));
}

TEST_CASE_METHOD(Fixture, "a communicator must be connected, and only once", "[testing]") {
    auto alice = as("alice");
    CHECK(holds(failure([&] { alice.receive_json(); }), "call connect() first"));
    CHECK(holds(failure([&] { alice.send_text("x"); }), "call connect() first"));
    CHECK(holds(failure([&] { alice.drop(); }), "call connect() first"));
    alice.disconnect();  // does nothing
    alice.connect();
    CHECK(holds(failure([&] { alice.connect(); }), "already connected"));
}

TEST_CASE_METHOD(Fixture, "a communicator can connect again after its end, with everything new",
                 "[testing]") {
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    alice.receive_all_json();
    alice.disconnect();
    CHECK(alice.close_code() == 1000);
    CHECK(alice.connect().accepted);
    CHECK(alice.close_code() == 0);
    alice.assert_authenticated_status_ok();
    CHECK(alice.receive_all_json().empty());
    alice.send_message(Say{"again"});
    CHECK(alice.receive_all_json().at(0).at("payload") == "again");
}

TEST_CASE_METHOD(Fixture,
                 "receive_all_json waits for the complete of the last message sent, and skips older ones",
                 "[testing]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        co_await chanx::sleep_for(100ms);
        self.send_message(Said{std::move(text)});
    };
    auto alice = as("alice");
    alice.connect();
    alice.send_message(Say{"a"});
    alice.send_message(Say{"b"});
    const auto frames = alice.receive_all_json();
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].at("action") == "authentication");
    CHECK(frames[1].at("payload") == "a");
    CHECK(frames[2].at("payload") == "b");
    CHECK(alice.receive_all_json().empty());
}

TEST_CASE_METHOD(Fixture, "receive_all_json counts completes however they were received", "[testing]") {
    auto alice = as("alice");
    alice.connect();
    CHECK(alice.receive_text() == authenticated);
    CHECK(alice.receive_text() == complete);
    alice.send_message(Say{"a"});
    CHECK(alice.receive_all_json().size() == 1);
}

TEST_CASE_METHOD(Fixture, "receive_all_json after that complete gives what else has arrived", "[testing]") {
    auto alice = in_room("alice");
    application().send_group_message<Consumer>("room_1", Said{"one"});
    application().send_group_message<Consumer>("room_1", Said{"two"});
    const auto frames = alice.receive_all_json();
    REQUIRE(frames.size() == 2);
    CHECK(frames[1].at("payload") == "two");
}

TEST_CASE_METHOD(Fixture, "with wait_group it ends at the first group_complete", "[testing]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        self.send_message(Said{"reply"});
        self.send_group_message(Said{text});
        self.send_group_message(Said{"second"});
        return nothing();
    };
    auto alice = in_room("alice");
    auto bob = in_room("bob");
    alice.send_message(Say{"first"});
    CHECK(alice.receive_all_json({.wait_group = true}).size() == 2);
    const auto rest = alice.receive_all_json();
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].at("payload") == "second");
    CHECK(bob.receive_all_json({.wait_group = true}).at(0).at("payload") == "first");
    CHECK(bob.receive_all_json({.wait_group = true}).at(0).at("payload") == "second");
    CHECK(holds(failure([&] { bob.receive_all_json({.wait_group = true}); }), "group_complete"));
}

TEST_CASE("without completion messages receive_all_json gives all that has arrived", "[testing]") {
    Fixture room({}, {.send_completion = false});
    auto alice = room.as("alice");
    alice.connect();
    CHECK(alice.receive_all_json().size() == 1);
    alice.send_message(Say{"a"});
    alice.send_message(Say{"b"});
    const auto frames = alice.receive_all_json();
    REQUIRE(frames.size() == 2);
    CHECK(frames[1].at("payload") == "b");
    CHECK(alice.receive_all_json().empty());
}

TEST_CASE_METHOD(Fixture, "receive_until_action gives everything up to that frame", "[testing]") {
    auto alice = in_room("alice");
    alice.send_message(Say{"a"});
    alice.send_message(chanx::PingMessage{});
    const auto frames = alice.receive_until_action("pong");
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].at("payload") == "a");
    CHECK(frames[1].at("action") == "complete");
    CHECK(frames[2].at("action") == "pong");
}

TEST_CASE_METHOD(Fixture, "receive_nothing is true when nothing comes in time, and takes nothing",
                 "[testing]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        co_await chanx::sleep_for(500ms);
        self.send_message(Said{text});
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"late"});
    CHECK(alice.receive_nothing(300ms));
    CHECK_FALSE(alice.receive_nothing(300ms));
    CHECK(alice.receive_json().at("payload") == "late");
}

TEST_CASE_METHOD(Fixture, "a communicator that is destroyed is a client that is lost", "[testing]") {
    {
        auto alice = in_room("alice");
    }
    app().run_until_idle();
    CHECK(script.trace.back() == "on_disconnect 1006");
    CHECK(application().counts().sessions == 0);
}

TEST_CASE_METHOD(Fixture, "a communicator that does not read gets everything when it reads on", "[testing]") {
    auto alice = in_room("alice");
    alice.stop_reading();
    alice.send_message(Say{"a"});
    CHECK(alice.receive_nothing(1s));
    alice.resume_reading();
    CHECK(alice.receive_all_json().at(0).at("payload") == "a");
}

TEST_CASE_METHOD(Fixture, "text that is not JSON, or no object, is a failure of receive_json", "[testing]") {
    script.say = [](Consumer& self, std::string) -> chanx::awaitable<> {
        self.send_json(boost::json::array{1, 2});
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"x"});
    CHECK(holds(failure([&] { alice.receive_json(); }), "a JSON object"));
}
