#include <chanx/testing/simulation.hpp>

#include "support/scripted_consumer.hpp"

#include <chanx/run_blocking.hpp>

#include <cstdlib>
#include <set>
#include <thread>

using namespace scripted;
using chanx::testing::for_each_seed;
using chanx::testing::SeedFailure;

namespace {

/// A room that exists while somebody is in it. Both handlers have the same mistake: they check, wait, and then act on what
/// may no longer be true.
struct Rooms {
    bool exists = true;
    int members = 1;
    chanx::BlockingPool disk{{.name = "disk", .threads = 1}};
};

chanx::awaitable<> leave(Rooms& rooms) {
    --rooms.members;
    if (rooms.members > 0) co_return;
    co_await chanx::run_blocking(rooms.disk, [&rooms] { rooms.exists = false; });
}

chanx::awaitable<> join(Rooms& rooms) {
    const bool found = co_await chanx::run_blocking(rooms.disk, [&rooms] { return rooms.exists; });
    if (found) ++rooms.members;
}

/// One leaves and another joins at the same time.
/// @throws std::runtime_error where somebody is in a room that is gone
void leave_and_join(const std::function<void(Fixture&)>& prepare = {}) {
    Rooms rooms;
    Fixture room;
    room.script.say = [&](Consumer&, std::string text) { return text == "leave" ? leave(rooms) : join(rooms); };
    if (prepare) prepare(room);
    auto alice = room.in_room("alice");
    auto bob = room.in_room("bob");
    alice.send_message(Say{"leave"});
    bob.send_message(Say{"join"});
    alice.receive_all_json();
    bob.receive_all_json();
    if (rooms.members > 0 && !rooms.exists) throw std::runtime_error("bob is in a room that is gone");
}

std::optional<std::uint64_t> first_failing_seed(std::uint64_t count) {
    try {
        for_each_seed(count, [](std::uint64_t) { leave_and_join(); });
    } catch (const SeedFailure& failure) {
        return failure.seed();
    }
    return std::nullopt;
}

/// What a scenario of several connections does, in its order.
std::vector<std::string> trace_under(std::uint64_t seed) {
    std::vector<std::string> trace;
    chanx::BlockingPool pool{{.name = "pool", .threads = 1}};
    Fixture room;
    room.app().simulate(seed);
    room.script.say = [&](Consumer& self, std::string text) -> chanx::awaitable<> {
        const std::string who = self.user().id;
        trace.push_back(who + " " + text + " begins");
        self.spawn([&trace, who, text]() -> chanx::awaitable<> {
            trace.push_back(who + " " + text + " task");
            co_await chanx::sleep_for(10ms);
            trace.push_back(who + " " + text + " task slept");
        });
        co_await chanx::run_blocking(pool, [] {});
        trace.push_back(who + " " + text + " ends");
        self.send_group_message(Said{text});
    };
    std::vector<chanx::testing::WebsocketCommunicator> clients;
    for (const char* const name : {"a", "b", "c"}) clients.push_back(room.in_room(name));
    for (auto& client : clients) {
        client.send_message(Say{"1"});
        client.send_message(Say{"2"});
    }
    room.app().advance(1s);
    return trace;
}

}  // namespace

TEST_CASE("the order of arrival hides a planted race, a seed finds it, and finds it again", "[testing][simulation]") {
    REQUIRE_NOTHROW(leave_and_join());
    const auto found = first_failing_seed(100);
    REQUIRE(found);
    for (int again = 0; again < 5; ++again) {
        CHECK_THROWS_WITH(leave_and_join([&](Fixture& room) { room.app().simulate(*found); }),
                          "bob is in a room that is gone");
        CHECK(first_failing_seed(100) == found);
    }
}

TEST_CASE("a failure under a seed names it, how to run it again, and what went wrong", "[testing][simulation]") {
    const auto fail_at = [](std::uint64_t wrong) {
        return [wrong](std::uint64_t seed) {
            if (seed == wrong) throw std::runtime_error("two winners");
        };
    };
    CHECK_THROWS_WITH(for_each_seed(20, fail_at(17)), "Failed under seed 17 (CHANX_SEED=17 runs it alone): two winners");
    CHECK_NOTHROW(for_each_seed(16, fail_at(17)));
    try {
        for_each_seed(20, fail_at(3));
        FAIL("nothing was thrown");
    } catch (const SeedFailure& failure) {
        CHECK(failure.seed() == 3);
        CHECK_THROWS_WITH(std::rethrow_if_nested(failure), "two winners");
    }
}

TEST_CASE("a failed wait under a seed names it too", "[testing][simulation]") {
    try {
        for_each_seed(1, [](std::uint64_t) {
            Fixture room;
            CHECK(room.app().seed() == 1);
            auto alice = room.in_room("alice");
            alice.receive_json();
        });
        FAIL("nothing was thrown");
    } catch (const SeedFailure& failure) {
        CHECK(std::string(failure.what()).find("Ready work ran in the order of seed 1.") != std::string::npos);
    }
}

TEST_CASE("what is no std::exception passes through for_each_seed as it is", "[testing][simulation]") {
    CHECK_THROWS_AS(for_each_seed(3, [](std::uint64_t seed) { throw static_cast<int>(seed); }), int);
}

TEST_CASE("CHANX_SEED runs one seed alone", "[testing][simulation]") {
    std::vector<std::uint64_t> seeds;
    const auto collect = [&](std::uint64_t seed) { seeds.push_back(seed); };
    ::setenv("CHANX_SEED", "42", 1);
    for_each_seed(10, collect);
    CHECK(seeds == std::vector<std::uint64_t>{42});
    ::setenv("CHANX_SEED", "4x", 1);
    CHECK_THROWS_AS(for_each_seed(10, collect), std::invalid_argument);
    ::unsetenv("CHANX_SEED");
    seeds.clear();
    for_each_seed(3, collect);
    CHECK(seeds == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE("one seed is one order, and seeds differ", "[testing][simulation]") {
    std::set<std::vector<std::string>> orders;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto trace = trace_under(seed);
        CHECK(trace == trace_under(seed));
        orders.insert(trace);
    }
    CHECK(orders.size() >= 15);
}

TEST_CASE("whatever the seed, each connection's messages are handled one after another in order",
          "[testing][simulation]") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto trace = trace_under(seed);
        REQUIRE(trace.size() == 24);
        for (const std::string who : {"a ", "b ", "c "}) {
            std::vector<std::string> handled;
            for (const auto& line : trace) {
                if (line.starts_with(who) && line.find("task") == std::string::npos) handled.push_back(line.substr(2));
            }
            CHECK(handled == std::vector<std::string>{"1 begins", "1 ends", "2 begins", "2 ends"});
        }
    }
}

TEST_CASE("whatever the seed, all members of a group get its messages in one order", "[testing][simulation]") {
    for_each_seed(20, [](std::uint64_t) {
        Fixture room;
        room.script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
            co_await self.flush();
            self.send_group_message(Said{std::move(text)});
        };
        auto alice = room.in_room("alice");
        auto bob = room.in_room("bob");
        for (const char* const text : {"1", "2", "3"}) {
            alice.send_message(Say{text});
            bob.send_message(Say{std::string("b") + text});
        }
        const auto payloads = [](chanx::testing::WebsocketCommunicator& client) {
            std::vector<std::string> all;
            while (all.size() < 6) {
                const auto frame = client.receive_until_action("said").back();
                all.emplace_back(frame.at("payload").as_string());
            }
            return all;
        };
        if (payloads(alice) != payloads(bob)) throw std::runtime_error("they differ");
    });
}

TEST_CASE_METHOD(Fixture, "simulate runs as many steps as it is told and says how many there were",
                 "[testing][simulation]") {
    auto alice = in_room("alice");
    auto bob = in_room("bob");
    CHECK_FALSE(app().seed());
    CHECK(app().simulate(5) == 0);
    CHECK(app().seed() == 5);
    alice.send_message(Say{"a"});
    bob.send_message(Say{"b"});
    CHECK(script.trace.size() == 4);
    CHECK(app().simulate(6, 1) == 1);
    const std::size_t rest = app().simulate(6, 1000);
    CHECK(rest > 1);
    CHECK(rest < 1000);
    CHECK(traced("say ") == 2);
    CHECK(app().simulate(6, 1000) == 0);
    CHECK(alice.receive_all_json().at(0).at("payload") == "a");
    CHECK(bob.receive_all_json().at(0).at("payload") == "b");
}

TEST_CASE("connections that end under any seed leave nothing", "[testing][simulation]") {
    for_each_seed(50, [](std::uint64_t) {
        Fixture room;
        room.script.on_disconnect = [](Consumer& self, chanx::CloseReason) -> chanx::awaitable<> {
            self.send_group_message(Said{"gone"});
            return nothing();
        };
        room.script.say = [](Consumer& self, std::string text) -> chanx::awaitable<> {
            self.spawn([]() -> chanx::awaitable<> { co_await chanx::sleep_for(1h); });
            self.send_group_message(Said{text});
            co_await self.flush();
            if (text == "close") self.close(4000, "as told");
        };
        auto alice = room.in_room("alice");
        auto bob = room.in_room("bob");
        auto carol = room.in_room("carol");
        alice.send_message(Say{"hello"});
        bob.send_message(Say{"close"});
        carol.drop();
        alice.disconnect();
        bob.assert_closed(4000);
        room.app().run_until_idle();
        CHECK(room.traced("on_disconnect") == 3);
        CHECK(room.application().counts().sessions == 0);
        CHECK(room.application().counts().memberships == 0);
    });
}

TEST_CASE("a test waits under a seed for what other threads publish", "[testing][simulation]") {
    Fixture room;
    room.app().simulate(3);
    auto alice = room.in_room("alice");
    std::thread publisher([&] { room.application().send_group_message<Consumer>("room_1", Said{"from a thread"}); });
    publisher.join();
    CHECK(alice.receive_all_json({.wait_group = true}).at(0).at("payload") == "from a thread");
}
