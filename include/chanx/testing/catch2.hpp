#pragma once

// For tests with Catch2, v2 or v3: the fixture of TEST_CASE_METHOD, and scenarios whose failed assertions name their seed or
// fault. Nothing else of chanx::testing knows a test framework.

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <chanx/testing/fault_injection.hpp>
#include <chanx/testing/simulation.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <cstddef>
#include <cstdint>

namespace chanx::testing::catch2 {

/// testing::for_each_seed() with the seed beside each assertion that fails.
///
/// @code
/// TEST_CASE("a room without members is gone, in whatever order they leave") {
///     chanx::testing::catch2::for_each_seed(200, [](std::uint64_t) {
///         ChatFixture chat;
///         ...
///         CHECK(chat.rooms() == 0);
///     });
/// }
/// @endcode
template <class Scenario>
void for_each_seed(std::uint64_t count, Scenario&& scenario) {
    testing::for_each_seed(count, [&](std::uint64_t seed) {
        INFO("seed " << seed << " (CHANX_SEED=" << seed << " runs it alone)");
        scenario(seed);
    });
}

/// testing::for_each_fault() with the fault beside each assertion that fails.
template <class Scenario>
std::size_t for_each_fault(Scenario&& scenario) {
    return testing::for_each_fault([&](FaultInjection& faults) {
        INFO("with " << to_string(faults.fault()) << " failing");
        scenario(faults);
    });
}

}  // namespace chanx::testing::catch2
