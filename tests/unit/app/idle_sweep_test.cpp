#include "app/idle_sweep.hpp"

#include "support/scripted_consumer.hpp"

using namespace scripted;
using chanx::detail::Duration;
using chanx::detail::IdleSweep;

TEST_CASE("a silent client is asked, and stays as long as it answers", "[idle]") {
    Fixture room;
    auto alice = room.in_room("alice");
    room.app().advance(29s);
    CHECK(alice.pings() == 0);
    room.app().advance(10s);
    CHECK(alice.pings() == 1);
    room.app().advance(1h);
    CHECK(alice.close_code() == 0);
    CHECK(alice.pings() > 90);
    CHECK(alice.pings() < 125);
    CHECK(alice.receive_all_json().empty());
}

TEST_CASE("a client that does not answer is asked twice and then closed with 1001", "[idle]") {
    std::optional<chanx::CloseReason> reason;  // first: the room's end is still told to it
    Fixture room;
    room.script.on_disconnect = [&](Consumer&, chanx::CloseReason why) -> chanx::awaitable<> {
        reason = std::move(why);
        return nothing();
    };
    auto alice = room.in_room("alice");
    auto bob = room.in_room("bob");
    alice.ignore_pings();
    room.app().advance(89s);
    CHECK(alice.close_code() == 0);
    CHECK(alice.pings() == 2);
    room.app().advance(9s);
    CHECK(alice.close_code() == 1001);
    CHECK(alice.close_reason() == "Nothing received for 90000 ms");
    room.app().advance(10s);
    REQUIRE(reason);
    CHECK(reason->cause == chanx::CloseReason::Cause::idle);
    CHECK(reason->code == 1001);
    CHECK(room.traced("on_disconnect") == 1);
    CHECK(room.application().counts().sessions == 1);
    CHECK(bob.close_code() == 0);
}

TEST_CASE("a client that does not read is as good as silent", "[idle]") {
    Fixture room;
    auto alice = room.in_room("alice");
    alice.stop_reading();
    room.app().advance(89s);
    CHECK(room.application().counts().sessions == 1);
    room.app().advance(9s + 5s);
    CHECK(room.application().counts().sessions == 0);
    CHECK(room.traced("on_disconnect 1001") == 1);
}

TEST_CASE("whatever comes is a sign of life: a message, a ping, a pong nobody asked for, a piece of a long one", "[idle]") {
    Fixture room;
    auto says = room.in_room("says");
    auto pings = room.in_room("pings");
    auto uploads = room.in_room("uploads");
    for (auto* client : {&says, &pings, &uploads}) client->ignore_pings();
    for (int i = 0; i < 20; ++i) {
        room.app().advance(20s);
        says.send_message(Say{"x"});
        pings.send_ping();
        uploads.send_binary_part("a piece");
    }
    CHECK(says.close_code() == 0);
    CHECK(pings.close_code() == 0);
    CHECK(uploads.close_code() == 0);
    CHECK(uploads.pings() == 0);
    room.app().advance(98s);
    CHECK(says.close_code() == 1001);
    CHECK(pings.close_code() == 1001);
    CHECK(uploads.close_code() == 1001);
}

TEST_CASE("time in which the application does not read is not the client's silence", "[idle]") {
    Fixture room;
    room.script.say = [](Consumer&, std::string) -> chanx::awaitable<> { co_await chanx::sleep_for(10min); };
    auto alice = room.in_room("alice");
    alice.ignore_pings();
    // One is handled, one is held, and nothing more is read.
    alice.send_message(Say{"one"});
    alice.send_message(Say{"two"});
    room.app().advance(9min);
    CHECK(alice.close_code() == 0);
    room.app().advance(15min);
    CHECK(alice.close_code() == 1001);
}

TEST_CASE("nobody is closed before there was time to answer, however time jumps", "[idle]") {
    Fixture room;
    auto alice = room.in_room("alice");
    auto gone = room.in_room("gone");
    gone.ignore_pings();
    for (int i = 0; i < 20; ++i) {
        room.app().jump(1h);
        CHECK(alice.close_code() == 0);
        CHECK(gone.close_code() == 0);
    }
    room.app().advance(98s);
    CHECK(gone.close_code() == 1001);
    CHECK(alice.close_code() == 0);
    alice.send_message(Say{"still here"});
    CHECK(alice.receive_all_json().size() == 1);
}

TEST_CASE("both times can be set, and switched off", "[idle]") {
    SECTION("no ping") {
        Fixture room({.ping_interval = 0ms});
        auto alice = room.in_room("alice");
        room.app().advance(90s + 90s / 4);
        CHECK(alice.pings() == 0);
        CHECK(alice.close_code() == 1001);
    }
    SECTION("no end") {
        Fixture room({.idle_timeout = 0ms});
        auto alice = room.in_room("alice");
        alice.ignore_pings();
        room.app().advance(24h);
        CHECK(alice.close_code() == 0);
        CHECK(alice.pings() == 255);  // there is nobody
    }
    SECTION("neither") {
        Fixture room({.ping_interval = 0ms, .idle_timeout = 0ms});
        auto alice = room.in_room("alice");
        alice.ignore_pings();
        room.app().advance(24h);
        CHECK(alice.close_code() == 0);
        CHECK(alice.pings() == 0);
    }
    SECTION("short ones") {
        Fixture room({.ping_interval = 100ms, .idle_timeout = 400ms});
        auto alice = room.in_room("alice");
        alice.ignore_pings();
        room.app().advance(399ms);
        CHECK(alice.close_code() == 0);
        CHECK(alice.pings() >= 2);
        room.app().advance(100ms);
        CHECK(alice.close_code() == 1001);
    }
}

TEST_CASE("steps are a small part of the shortest time", "[idle]") {
    const auto step = [](chanx::Settings settings) { return IdleSweep::step_for(settings); };
    CHECK(step({}) == 937500us);
    CHECK(step({.ping_interval = 0ms}) == 90s / 32.0);
    CHECK(step({.idle_timeout = 3200ms}) == 100ms);
    CHECK(step({.idle_timeout = 1ms}) == 10ms);
    CHECK(step({.ping_interval = 24h, .idle_timeout = 48h}) == 10s);
    CHECK(step({.ping_interval = 0ms, .idle_timeout = 0ms}) == Duration::zero());
}

TEST_CASE("many silent clients are all found, while others come and go", "[idle]") {
    Fixture room({.idle_timeout = 90s});
    std::vector<chanx::testing::WebsocketCommunicator> silent;
    for (int i = 0; i < 23; ++i) {
        silent.push_back(room.in_room("silent"));
        silent.back().ignore_pings();
    }
    for (int i = 0; i < 40; ++i) {
        auto passing = room.in_room("passing");
        room.app().advance(2s);
        passing.disconnect();
    }
    for (auto& client : silent) CHECK(client.close_code() == 0);
    // Those that end move others to other places in the list, whose turn comes a step later.
    room.app().advance(30s);
    for (auto& client : silent) CHECK(client.close_code() == 1001);
}

TEST_CASE("a login ends by the system's clock, also when that is set", "[idle]") {
    const auto until = [](std::chrono::seconds left) {
        return [left](const chanx::Scope&) -> chanx::awaitable<chanx::Authenticated<User>> {
            chanx::Authenticated<User> found;
            found.user = User{"alice"};
            found.expires_at = std::chrono::system_clock::now() + left;
            co_return found;
        };
    };
    Fixture room;
    room.script.authenticate = until(1h);
    auto alice = room.in_room("alice");
    SECTION("not set") {
        room.app().advance(59min);
        CHECK(alice.close_code() == 0);
        room.app().advance(61s);
        CHECK(alice.close_code() == 4401);
    }
    SECTION("forwards: within a minute") {
        room.app().advance(10min);
        room.app().shift_system_clock(1h);
        room.app().advance(61s);
        CHECK(alice.close_code() == 4401);
    }
    SECTION("forwards, by less than is left") {
        room.app().shift_system_clock(30min);
        room.app().advance(29min);
        CHECK(alice.close_code() == 0);
        room.app().advance(61s);
        CHECK(alice.close_code() == 4401);
    }
    SECTION("backwards") {
        room.app().shift_system_clock(-1h);
        room.app().advance(119min);
        CHECK(alice.close_code() == 0);
        room.app().advance(62s);
        CHECK(alice.close_code() == 4401);
    }
    SECTION("a sleeping machine's time counts too") {
        room.app().jump(2h);
        CHECK(alice.close_code() == 4401);
    }
}
