#include "app/drain_schedule.hpp"

#include "support/catch.hpp"

#include <array>
#include <set>

using namespace std::chrono_literals;
using chanx::detail::drain_spread;
using chanx::detail::DrainSchedule;
using chanx::detail::Duration;

TEST_CASE("draining takes two milliseconds for each connection, up to the time that is set", "[app][drain]") {
    CHECK(drain_spread(0, 5s) == 0s);
    CHECK(drain_spread(1, 5s) == 2ms);
    CHECK(drain_spread(2000, 5s) == 4s);
    CHECK(drain_spread(2500, 5s) == 5s);
    CHECK(drain_spread(100'000, 5s) == 5s);
    CHECK(drain_spread(100'000, 0s) == 0s);
}

TEST_CASE("a drain's schedule gives everything once, in the order of random times over the whole spread",
          "[app][drain]") {
    DrainSchedule<int> schedule;
    std::mt19937_64 random(11);
    constexpr int count = 4000;
    for (int i = 0; i < count; ++i) schedule.add(i, 4s, random);
    schedule.sort();
    std::set<int> seen;
    std::array<int, 8> shares{};
    Duration last = 0s;
    int in_order = 0;
    for (int before = -1; !schedule.empty();) {
        const Duration at = schedule.next();
        CHECK(at >= last);
        CHECK(at <= 4s);
        last = at;
        ++shares[std::min<std::size_t>(static_cast<std::size_t>(at / 500ms), 7)];
        const int thing = schedule.take();
        in_order += thing > before ? 1 : 0;
        before = thing;
        seen.insert(thing);
    }
    CHECK(seen.size() == count);
    for (const int share : shares) {
        CHECK(share > 400);
        CHECK(share < 600);
    }
    CHECK(in_order > count / 3);
    CHECK(in_order < 2 * count / 3);
}
