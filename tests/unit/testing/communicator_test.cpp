#include <chanx/testing/communicator.hpp>

#include "support/scripted_consumer.hpp"

#include <chanx/json/utf8.hpp>

#include <boost/json/array.hpp>

#include <algorithm>

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
    CHECK(holds(failure([&] { alice.send_text("x"); }), "to send on it, but the connection was closed with 4403"));
}

TEST_CASE_METHOD(Fixture, "a failed wait shows what went both ways, in order, with virtual times", "[testing]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        co_await chanx::sleep_for(250ms);
        self.send_message(Said{std::move(text)});
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"one"});
    alice.receive_all_json();
    alice.send_message(Say{"two\nlines"});
    CHECK(failure([&] { alice.receive_until_action("history", {.timeout = 500ms}); }) ==
          R"(/room/1/: waited for the action history for 500 ms, but nothing more came.
Sent (->) and received (<-) since connect, by the virtual clock:
        0 ms -- connected
        0 ms <- {"action":"authentication","payload":{"status_code":200,"status_text":"OK","data":{"detail":"OK"}}}
        0 ms <- {"action":"complete","payload":null}
        0 ms -> {"action":"say","payload":"one"}
      250 ms <- {"action":"said","payload":"one"}
      250 ms <- {"action":"complete","payload":null}
      250 ms -> {"action":"say","payload":"two\nlines"}
      500 ms <- {"action":"said","payload":"two\nlines"}
      500 ms <- {"action":"complete","payload":null})");
}

TEST_CASE_METHOD(Fixture, "a failed wait says which complete it waited for", "[testing]") {
    script.say = [](Consumer&, std::string) -> chanx::awaitable<> { co_await chanx::sleep_for(1h); };
    auto alice = in_room("alice");
    alice.send_message(Say{"one"});
    alice.send_message(Say{"two"});
    CHECK(holds(failure([&] { alice.receive_all_json(); }), "waited for the complete of message 2 for 1000 ms"));
    CHECK(holds(failure([&] { alice.receive_all_json({.wait_group = true, .timeout = 5ms}); }),
                "waited for a group_complete after message 2 for 5 ms"));
    auto bob = in_room("bob");
    CHECK(holds(failure([&] { bob.receive_all_json({.wait_group = true}); }), "waited for a group_complete for 1000"));
}

TEST_CASE_METHOD(Fixture, "what came instead, and what the test has not taken, is told", "[testing]") {
    script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
        self.send_message(Said{text});
        self.send_json(boost::json::array{1});
        self.send_message(Said{text});
        return nothing();
    };
    auto alice = in_room("alice");
    alice.send_message(Say{"a"});
    const auto text = failure([&] { alice.receive_binary(); });
    CHECK(holds(text, R"(waited for a binary frame, but this came: {"action":"said","payload":"a"}.)"));
    CHECK(holds(text, "The test has not taken the last 3 of those received."));
    CHECK(holds(failure([&] { alice.receive_json(); }), "this text, which is not a JSON object, came: [1]."));
}

TEST_CASE_METHOD(Fixture, "long bodies are cut at a character, and long logs at their beginning", "[testing]") {
    std::string umlauts = "x";
    for (int i = 0; i < 400; ++i) umlauts += "\u00e4";
    auto alice = in_room("alice");
    alice.send_message(Say{umlauts});
    alice.receive_all_json();
    const auto text = failure([&] { alice.receive_json(); });
    CHECK(holds(text, "\u00e4... (831 bytes)\n"));
    CHECK(text.size() < 1500);
    CHECK(chanx::is_valid_utf8(text));
    for (int i = 0; i < 30; ++i) {
        alice.send_message(Say{std::to_string(i)});
        alice.receive_all_json();
    }
    const auto many = failure([&] { alice.receive_json(); });
    CHECK(holds(many, "\n  (46 earlier ones)\n"));
    CHECK(std::count(many.begin(), many.end(), '\n') == 52);
}

TEST_CASE_METHOD(Fixture, "control frames go both ways and are in the text of failures", "[testing]") {
    auto alice = in_room("alice");
    alice.send_message(Say{"before"});
    alice.send_ping("42");
    CHECK(alice.receive_pong() == "42");
    CHECK(alice.pings() == 0);
    CHECK(alice.receive_all_json().at(0).at("payload") == "before");
    CHECK(holds(failure([&] { alice.receive_pong(20ms); }), "waited for a Pong frame for 20 ms"));
    alice.disconnect(4001);
    const auto text = failure([&] { alice.receive_json(); });
    CHECK(holds(text, "-> a Ping frame"));
    CHECK(holds(text, "<- a Pong frame"));
    CHECK(holds(text, "-> a Close frame, 4001"));
    CHECK(holds(text, "<- a Close frame, 4001"));
    CHECK(holds(failure([&] { alice.receive_pong(); }), "closed with 4001"));
}

TEST_CASE_METHOD(Fixture, "the upgrade request carries subprotocols, headers, query and address", "[testing]") {
    std::string seen;
    script.connect = [&](const chanx::Scope& scope) -> chanx::awaitable<chanx::ConnectResponse> {
        seen = std::string(scope.header("x-token").value_or("?")) + " " +
               std::string(scope.query("tag").value_or("?")) + " " + scope.client().address;
        for (const auto& name : scope.subprotocols()) seen += " " + std::string(name);
        co_return chanx::ConnectResponse::accept("chat.v2");
    };
    auto alice = app().communicator("/room/1/?tag=a%20b", {.headers = {{"X-Token", "secret"}},
                                                           .subprotocols = {"chat.v1", "chat.v2"},
                                                           .client_address = "192.0.2.7"});
    const auto result = alice.connect();
    CHECK(result.accepted);
    CHECK(result.status == 101);
    CHECK(result.subprotocol == "chat.v2");
    CHECK(seen == "secret a b 192.0.2.7 chat.v1 chat.v2");
}

TEST_CASE_METHOD(Fixture, "a communicator may have a client's certificate", "[testing]") {
    std::string seen;
    script.connect = [&](const chanx::Scope& scope) -> chanx::awaitable<chanx::ConnectResponse> {
        seen = std::string(scope.client_certificate_subject().value_or("nobody")) + (scope.secure() ? " over TLS" : "");
        co_return chanx::ConnectResponse::accept();
    };
    auto alice = app().communicator("/room/1/", {.client_certificate_subject = "CN=alice"});
    CHECK(alice.connect().accepted);
    CHECK(seen == "CN=alice over TLS");
    auto bob = app().communicator("/room/1/");
    CHECK(bob.connect().accepted);
    CHECK(seen == "nobody");
    auto carol = app().communicator("/room/1/", {.client_certificate_subject = std::string(5000, 'x')});
    CHECK(holds(failure([&] { carol.connect(); }), "so long a subject"));
}

TEST_CASE_METHOD(Fixture, "a heartbeat and its deadline are tested without waiting", "[testing]") {
    script.post_authentication = [](Consumer& self) -> chanx::awaitable<> {
        self.spawn([&self]() -> chanx::awaitable<> {
            for (int beat = 0; beat < 3; ++beat) {
                co_await chanx::sleep_for(30s);
                self.send_message(Said{"beat"});
            }
            self.close(4000, "silent for too long");
        });
        return nothing();
    };
    auto alice = in_room("alice");
    CHECK(alice.receive_nothing(29s));
    CHECK(alice.receive_json(2s).at("payload") == "beat");
    app().advance(1min);
    CHECK(app().elapsed() >= 90s);
    CHECK(app().elapsed() < 92s);
    alice.assert_closed(4000, 1ms);
    CHECK(alice.close_reason() == "silent for too long");
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
