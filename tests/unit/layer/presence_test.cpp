#include <chanx/layer/presence.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

using chanx::Presence;

const auto nothing = [] {};

}  // namespace

TEST_CASE("only a user's first join and last leave are told", "[presence]") {
    Presence presence;
    int first = 0;
    int last = 0;
    const auto on_first = [&] { ++first; };
    const auto on_last = [&] { ++last; };
    CHECK(presence.join("room", "alice", on_first) == 1);
    CHECK(presence.join("room", "alice", on_first) == 2);
    CHECK(first == 1);
    CHECK(presence.leave("room", "alice", on_last) == 1);
    CHECK(last == 0);
    CHECK(presence.leave("room", "alice", on_last) == 0);
    CHECK(last == 1);
    CHECK(presence.join("room", "alice", on_first) == 1);
    CHECK(first == 2);
}

TEST_CASE("groups and users are counted apart", "[presence]") {
    Presence presence;
    presence.join("a", "alice", nothing);
    presence.join("a", "bob", nothing);
    presence.join("a", "bob", nothing);
    presence.join("b", "alice", nothing);
    CHECK(presence.group_count() == 2);
    const auto in_a = presence.list("a");
    REQUIRE(in_a.size() == 2);
    CHECK(in_a[0].user == "alice");
    CHECK(in_a[0].connections == 1);
    CHECK(in_a[1].user == "bob");
    CHECK(in_a[1].connections == 2);
    presence.leave("b", "alice", nothing);
    CHECK(presence.group_count() == 1);
    CHECK(presence.list("b").empty());
    CHECK(presence.list("a").size() == 2);
}

TEST_CASE("leaving where one is not changes and tells nothing", "[presence]") {
    Presence presence;
    int told = 0;
    CHECK(presence.leave("room", "alice", [&] { ++told; }) == 0);
    presence.join("room", "bob", nothing);
    CHECK(presence.leave("room", "alice", [&] { ++told; }) == 0);
    CHECK(told == 0);
    CHECK(presence.list("room").size() == 1);
}

TEST_CASE("a join whose callback throws has not happened", "[presence]") {
    Presence presence;
    const auto fails = [] { throw std::runtime_error("x"); };
    CHECK_THROWS_AS(presence.join("room", "alice", fails), std::runtime_error);
    CHECK(presence.group_count() == 0);
    presence.join("room", "bob", nothing);
    CHECK_THROWS_AS(presence.join("room", "alice", fails), std::runtime_error);
    CHECK(presence.list("room").size() == 1);
    int first = 0;
    CHECK(presence.join("room", "alice", [&] { ++first; }) == 1);
    CHECK(first == 1);
}

TEST_CASE("a leave whose callback throws has happened", "[presence]") {
    Presence presence;
    presence.join("room", "alice", nothing);
    CHECK_THROWS_AS(presence.leave("room", "alice", [] { throw std::runtime_error("x"); }),
                    std::runtime_error);
    CHECK(presence.group_count() == 0);
    CHECK(presence.leave("room", "alice", nothing) == 0);
}

TEST_CASE("threads that join and leave at once see every first and last, in order", "[presence]") {
    Presence presence;
    std::atomic<int> firsts{0};
    std::atomic<int> lasts{0};
    std::atomic<bool> wrong{false};
    bool present = false;  // guarded by the presence itself: callbacks run one at a time
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) {
                presence.join("room", "alice", [&] {
                    if (std::exchange(present, true)) wrong = true;
                    ++firsts;
                });
                presence.leave("room", "alice", [&] {
                    if (!std::exchange(present, false)) wrong = true;
                    ++lasts;
                });
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK_FALSE(wrong);
    CHECK(firsts == lasts);
    CHECK(firsts > 0);
    CHECK(presence.group_count() == 0);
}
