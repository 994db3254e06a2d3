#include "runtime/log_limiter.hpp"

#include "support/catch.hpp"

TEST_CASE("A limited line comes once a second and counts what was left out", "[runtime]") {
    using namespace std::chrono_literals;
    chanx::detail::LogLimiter limiter;
    const chanx::detail::TimePoint start{1h};
    CHECK(limiter.pass(start) == 1);
    CHECK(limiter.pass(start + 1ms) == 0);
    CHECK(limiter.pass(start + 999ms) == 0);
    CHECK(limiter.pass(start + 1s) == 3);
    CHECK(limiter.pass(start + 5s) == 1);
}
