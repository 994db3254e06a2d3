#include <chanx/layer/presence.hpp>

#include "support/catch.hpp"
#include "threaded/support/loop_threads.hpp"
#include "threaded/support/recording_member.hpp"

#include <chanx/layer/memory_layer.hpp>

#include <algorithm>
#include <map>
#include <random>

namespace {

using threaded::event_named;
using threaded::LoopThreads;
using threaded::RecordingMember;

constexpr std::size_t thread_count = 4;
constexpr int steps = 2000;
const std::vector<std::string> users{"alice", "bob", "carol"};

}  // namespace

TEST_CASE("what presence publishes comes to every member in the order in which users came and went",
          "[threaded][presence]") {
    chanx::MemoryLayer layer;
    LoopThreads loops(2);
    for (std::size_t i = 0; i < loops.size(); ++i) layer.attach(loops[i]);
    loops.start();
    RecordingMember members[] = {{layer, loops[0]}, {layer, loops[1]}};
    for (std::size_t i = 0; i < loops.size(); ++i) loops.call(i, [&, i] { members[i].join("room"); });

    chanx::Presence presence;
    std::vector<std::thread> threads;
    std::vector<std::size_t> misses(thread_count);
    for (std::size_t i = 0; i < thread_count; ++i) {
        threads.emplace_back([&, i] {
            std::mt19937 random(static_cast<unsigned>(i));
            std::map<std::string, int> mine;
            const auto leave = [&](const std::string& user) {
                presence.leave("room", user, [&] { layer.publish("room", event_named("-" + user)); });
                --mine[user];
            };
            for (int step = 0; step < steps; ++step) {
                const std::string& user = users[random() % users.size()];
                if (mine[user] > 0 && random() % 2 == 0) {
                    leave(user);
                } else {
                    const std::size_t count =
                        presence.join("room", user, [&] { layer.publish("room", event_named("+" + user)); });
                    if (count < static_cast<std::size_t>(++mine[user])) ++misses[i];
                }
                if (step % 50 == 0) presence.list("room");
            }
            for (const auto& user : users) {
                while (mine[user] > 0) leave(user);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (std::size_t i = 0; i < loops.size(); ++i) loops.call(i, [&, i] { members[i].leave(); });

    CHECK(std::ranges::all_of(misses, [](std::size_t count) { return count == 0; }));
    CHECK(presence.group_count() == 0);
    CHECK(presence.list("room").empty());
    const auto& seen = members[0].seen();
    CHECK(seen == members[1].seen());
    CHECK(seen.size() >= 2 * users.size());
    for (const auto& user : users) {
        bool there = false;
        bool alternates = true;
        for (const auto& event : seen) {
            if (event.substr(1) != user) continue;
            alternates = alternates && there == (event[0] == '-');
            there = event[0] == '+';
        }
        INFO(user);
        CHECK(alternates);
        CHECK_FALSE(there);
    }
    loops.stop();
    for (std::size_t i = 0; i < loops.size(); ++i) layer.detach(loops[i]);
}
