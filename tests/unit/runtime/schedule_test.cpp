#include "runtime/schedule.hpp"

#include "support/catch.hpp"

#include <memory>
#include <set>
#include <vector>

using chanx::detail::Schedule;

namespace {

/// Runs three pieces of work of each of two sources, and three apart; tells the order.
std::vector<int> order_of(std::uint64_t seed) {
    std::vector<int> order;
    Schedule schedule(seed);
    const int sources[2]{};
    for (int i = 0; i < 3; ++i) {
        for (int source = 0; source < 2; ++source) {
            schedule.add(Schedule::make([&order, source, i] { order.push_back(source * 10 + i); }),
                         {.chain = &sources[source]});
        }
        schedule.add_apart(Schedule::make([&order, i] { order.push_back(20 + i); }));
    }
    while (schedule.run_one()) {
    }
    return order;
}

}  // namespace

TEST_CASE("a source's work runs in its order, in all orders with that of others", "[runtime][schedule]") {
    std::set<std::vector<int>> orders;
    bool apart_reordered = false;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const auto order = order_of(seed);
        REQUIRE(order.size() == 9);
        std::vector<int> of[3];
        for (const int number : order) of[number / 10].push_back(number % 10);
        CHECK(of[0] == std::vector{0, 1, 2});
        CHECK(of[1] == std::vector{0, 1, 2});
        apart_reordered = apart_reordered || of[2] != std::vector{0, 1, 2};
        CHECK(order == order_of(seed));
        orders.insert(order);
    }
    CHECK(apart_reordered);
    CHECK(orders.size() > 80);
}

TEST_CASE("work knows its source while it runs", "[runtime][schedule]") {
    Schedule schedule(1);
    const int chain = 0;
    const void* seen = nullptr;
    schedule.add(Schedule::make([&] { seen = schedule.running().chain; }), {.chain = &chain});
    CHECK(schedule.running().chain == nullptr);
    CHECK(schedule.run_one());
    CHECK(seen == &chain);
    CHECK(schedule.running().chain == nullptr);
    CHECK_FALSE(schedule.run_one());
}

TEST_CASE("what has not run can be dropped, and what that posts in its end too", "[runtime][schedule]") {
    Schedule schedule(1);
    int dropped = 0;
    int ran = 0;
    struct Posts {
        Schedule* schedule;
        int* dropped;
        int* ran;
        Posts(Schedule* s, int* d, int* r) : schedule(s), dropped(d), ran(r) {}
        Posts(const Posts&) = delete;
        Posts& operator=(const Posts&) = delete;
        ~Posts() {
            ++*dropped;
            schedule->add(Schedule::make([r = ran] { ++*r; }), {});
        }
    };
    schedule.add(Schedule::make([kept = std::make_shared<Posts>(&schedule, &dropped, &ran)] {}), {});
    schedule.drop();
    CHECK(dropped == 1);
    CHECK_FALSE(schedule.run_one());
    CHECK(ran == 0);
}

TEST_CASE("a choice is below its bound, and every one is made", "[runtime][schedule]") {
    Schedule schedule(7);
    std::set<std::size_t> chosen;
    for (int i = 0; i < 100; ++i) chosen.insert(schedule.pick(4));
    CHECK(chosen == std::set<std::size_t>{0, 1, 2, 3});
}
