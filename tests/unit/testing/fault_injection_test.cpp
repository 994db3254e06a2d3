#include <chanx/testing/fault_injection.hpp>

#include "support/scripted_consumer.hpp"

#include <chanx/run_blocking.hpp>

using namespace scripted;
using chanx::testing::Fault;
using chanx::testing::FaultFailure;
using chanx::testing::FaultInjection;
using chanx::testing::FaultKind;
using chanx::testing::for_each_fault;

namespace {

struct RichState {
    chanx::BlockingPool pool{{.name = "disk", .threads = 1}};
    std::vector<std::string> history;
    std::size_t disconnected = 0;
};

/// A consumer that does all that one can: a group, presence announced on both ends, a history read on a pool, tasks that
/// outlive their message, completion messages.
struct Rich : RichState, Fixture {
    Rich() {
        script.post_authentication = [this](Consumer& self) -> chanx::awaitable<> {
            self.send_group_message(Said{"joined"});
            const auto kept = co_await chanx::run_blocking(pool, [this] { return history; });
            for (const auto& text : kept) self.send_message(Said{text});
        };
        script.say = [this](Consumer& self, std::string text) -> chanx::awaitable<> {
            co_await chanx::run_blocking(pool, [this, &text] { history.push_back(text); });
            self.send_group_message(Said{text});
            self.spawn([&self, text]() -> chanx::awaitable<> {
                co_await chanx::sleep_for(50ms);
                self.send_group_message(Said{text + ", later"});
                co_await chanx::sleep_for(1h);
            });
            co_await self.flush();
        };
        script.on_disconnect = [this](Consumer& self, chanx::CloseReason) -> chanx::awaitable<> {
            self.send_group_message(Said{"left"});
            co_await chanx::run_blocking(pool, [] {});
            ++disconnected;
        };
    }

    void clients() {
        auto alice = in_room("alice");
        auto bob = in_room("bob");
        alice.send_message(Say{"one"});
        bob.send_message(Say{"two"});
        alice.receive_all_json();
        bob.receive_all_json();
        app().advance(100ms);
        alice.send_text("{");
        alice.receive_all_json();
        alice.disconnect();
        bob.receive_until_action("said");
        bob.disconnect();
    }
};

void check_ended(Rich& room) {
    room.app().run_until_idle();
    const auto counts = room.application().counts();
    CHECK(counts.sessions == 0);
    CHECK(counts.groups == 0);
    CHECK(counts.memberships == 0);
    // Once for each connection that was let in.
    CHECK(room.disconnected == room.traced("build_groups"));
    CHECK(room.traced("on_disconnect") == room.disconnected);
    CHECK(room.log.count("hook failed") == 0);
    CHECK(room.log.count("abandoned") == 0);
}

}  // namespace

TEST_CASE("whichever read or write fails, every connection of a rich consumer ends cleanly", "[testing][fault]") {
    std::size_t runs = 0;
    std::size_t undisturbed = 0;
    const std::size_t hit = for_each_fault([&](FaultInjection& faults) {
        Rich room;
        INFO(to_string(faults.fault()));
        const bool to_the_end = faults.attempt([&] { room.clients(); });
        check_ended(room);
        ++runs;
        if (!faults.hit()) {
            ++undisturbed;
            CHECK(to_the_end);
            CHECK(room.disconnected == 2);
        }
    });
    CHECK(undisturbed == 2);  // the last of the reads, the last of the writes
    CHECK(hit + undisturbed == runs);
    CHECK(hit > 15);
}

TEST_CASE("the faulty connection is lost and the others are not", "[testing][fault]") {
    Rich room;
    auto alice = room.in_room("alice");
    auto bob = room.in_room("bob");
    alice.receive_all_json();
    CHECK_FALSE(room.app().fault_hit());
    room.app().inject({FaultKind::read, 1});
    alice.send_message(Say{"never read"});
    alice.assert_closed(1006);
    CHECK(room.app().fault_hit());
    CHECK(bob.receive_until_action("said").back().at("payload") == "left");
    bob.send_message(Say{"still here"});
    CHECK(bob.receive_until_action("said").back().at("payload") == "still here");
    CHECK(room.history == std::vector<std::string>{"still here"});
}

TEST_CASE("a failed write loses what was in it", "[testing][fault]") {
    Rich room;
    auto alice = room.in_room("alice");
    room.app().inject({FaultKind::write, 1});
    alice.send_message(Say{"one"});
    CHECK_THROWS_WITH(alice.receive_json(), support::containing("closed with 1006") &&
                                                support::containing("injected fault: write 1 of the application failed"));
    room.app().run_until_idle();
    CHECK(room.disconnected == 1);
}

TEST_CASE("a failure with a fault names it and what went wrong", "[testing][fault]") {
    const auto one_message = [](FaultInjection& faults) {
        Rich room;
        faults.attempt([&] {
            auto alice = room.in_room("alice");
            alice.send_message(Say{"one"});
            alice.receive_all_json();
        });
        if (faults.fault() == Fault{FaultKind::write, 2} && faults.hit()) throw std::runtime_error("a seat was lost");
    };
    CHECK_THROWS_WITH(for_each_fault(one_message), "Failed with write 2 failing: a seat was lost");
}

TEST_CASE("an attempt forgives only what the fault caused", "[testing][fault]") {
    CHECK_THROWS_WITH(for_each_fault([](FaultInjection& faults) {
                          Rich room;
                          faults.attempt([&] {
                              auto alice = room.as("alice");
                              alice.receive_json();
                          });
                      }),
                      support::containing("Failed with read 1 failing: ") && support::containing("call connect() first"));
}

TEST_CASE("a connection that is left over fails the scenario", "[testing][fault]") {
    struct Never {
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<>) const noexcept {}
        void await_resume() const noexcept {}
    };
    CHECK_THROWS_WITH(for_each_fault([](FaultInjection& faults) {
                          Fixture room;
                          room.script.post_authentication = [](Consumer& self) -> chanx::awaitable<> {
                              self.spawn([]() -> chanx::awaitable<> { co_await Never{}; });
                              return nothing();
                          };
                          faults.attempt([&] { room.in_room("alice"); });
                      }),
                      "Failed with read 1 failing: 1 connections and 0 memberships of groups were left when the "
                      "application had ended");
}
