#include <chanx/testing/catch2.hpp>

#include "support/scripted_consumer.hpp"

using namespace scripted;

TEST_CASE("for Catch2, scenarios run as they do without it", "[testing]") {
    std::vector<std::uint64_t> seeds;
    chanx::testing::catch2::for_each_seed(3, [&](std::uint64_t seed) {
        Fixture room;
        CHECK(room.app().seed() == seed);
        seeds.push_back(seed);
    });
    CHECK(seeds == std::vector<std::uint64_t>{1, 2, 3});
    const std::size_t hit = chanx::testing::catch2::for_each_fault([](chanx::testing::FaultInjection& faults) {
        Fixture room;
        faults.attempt([&] { room.in_room("alice").disconnect(); });
        room.app().run_until_idle();
        CHECK(room.application().counts().sessions == 0);
    });
    CHECK(hit > 2);
}
