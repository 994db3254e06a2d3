#include "consumer/session.hpp"

#include "support/scripted_consumer.hpp"

#include <chanx/testing/fault_injection.hpp>

using namespace scripted;
using chanx::testing::FaultInjection;
using chanx::testing::for_each_fault;

namespace {

/// Runs the scenario with every read and write failing in turn; each time nothing may be left of anybody.
template <class Clients>
void for_every_operation(const Clients& clients, chanx::Settings settings = {}) {
    std::size_t undisturbed = 0;
    const std::size_t hit = for_each_fault([&](FaultInjection& faults) {
        Fixture room(settings);
        INFO(to_string(faults.fault()));
        const bool to_the_end = faults.attempt([&] { clients(room); });
        room.app().advance(2min);
        room.app().run_until_idle();
        const auto counts = room.application().counts();
        CHECK(counts.sessions == 0);
        CHECK(counts.groups == 0);
        CHECK(counts.memberships == 0);
        CHECK(room.traced("on_disconnect") == room.traced("build_groups"));
        CHECK(room.log.count("hook failed") == 0);
        CHECK(room.log.count("abandoned") == 0);
        if (!faults.hit()) {
            ++undisturbed;
            CHECK(to_the_end);
        }
    });
    CHECK(undisturbed == 2);
    CHECK(hit >= 3);
}

}  // namespace

TEST_CASE("whichever operation fails, pings and their answers end cleanly", "[session][fault]") {
    for_every_operation([](Fixture& room) {
        auto alice = room.in_room("alice");
        auto gone = room.in_room("gone");
        gone.ignore_pings();
        alice.send_ping("one");
        alice.receive_pong();
        room.app().advance(2min);
        gone.assert_closed(1001);
        alice.send_message(Say{"still here"});
        alice.receive_until_action("said");
        alice.disconnect();
    });
}

TEST_CASE("whichever operation fails, closing from either side ends cleanly", "[session][fault]") {
    for_every_operation([](Fixture& room) {
        room.script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
            self.send_group_message(Said{text});
            if (text == "close") self.close(4000, "as asked");
            co_await self.flush();
        };
        room.script.on_disconnect = [](Consumer& self, chanx::CloseReason) -> chanx::awaitable<> {
            self.send_group_message(Said{"left"});
            co_await chanx::sleep_for(10ms);
        };
        auto alice = room.in_room("alice");
        auto bob = room.in_room("bob");
        alice.send_message(Say{"hello"});
        alice.send_message(Say{"close"});
        alice.send_message(Say{"too late"});
        alice.assert_closed(4000);
        bob.receive_until_action("said");
        bob.send_binary("not taken here");
        bob.assert_closed(1003);
        auto carol = room.in_room("carol");
        carol.drop();
    });
}

TEST_CASE("whichever operation fails, joining, leaving and rechecks end cleanly", "[session][fault]") {
    for_every_operation([](Fixture& room) {
        auto allowed = std::make_shared<bool>(true);
        room.script.permission = [allowed](const User* user) { return *allowed || user->id != "bob"; };
        room.script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
            co_await self.join_group("side");
            const std::vector<std::string> side{"side"};
            self.send_to_groups(side, Said{text});
            self.leave_group("room_1");
            self.spawn([&self, text]() -> chanx::awaitable<> {
                co_await chanx::sleep_for(1s);
                self.send_group_message(Said{text + ", later"});
            });
        };
        auto alice = room.in_room("alice");
        auto bob = room.in_room("bob");
        alice.send_message(Say{"one"});
        bob.send_message(Say{"two"});
        alice.receive_all_json();
        bob.receive_all_json();
        room.app().advance(2s);
        room.application().recheck({.user = "alice"});
        room.app().run_until_idle();
        *allowed = false;
        room.application().recheck({.group = "side"});
        bob.assert_closed(4403);
        alice.send_message(Say{"three"});
        alice.receive_all_json();
        alice.disconnect();
    });
}

TEST_CASE("whichever operation fails, one that is closed for its messages ends cleanly", "[session][fault]") {
    for_every_operation(
        [](Fixture& room) {
            auto alice = room.in_room("alice");
            for (int i = 0; i < 6; ++i) alice.send_message(Say{"x"});
            alice.assert_closed(1008);
        },
        {.message_rate = {.per_second = 1, .burst = 2}, .max_rate_limited = 2});
}
