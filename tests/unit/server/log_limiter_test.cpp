#include "server/log_limiter.hpp"

#include "support/catch.hpp"

namespace {

using chanx::detail::LogLimiter;
using chanx::detail::TimePoint;
using namespace std::chrono_literals;

std::size_t admitted(LogLimiter& limiter, TimePoint now, int times) {
    std::size_t count = 0;
    for (int i = 0; i < times; ++i) count += limiter.admit(now) ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("so many lines are logged in a second, and the others counted", "[log_limiter]") {
    LogLimiter limiter;
    const TimePoint begin{1h};
    CHECK(admitted(limiter, begin, 100) == LogLimiter::per_second);
    CHECK(admitted(limiter, begin + 999ms, 3) == 0);
    CHECK(admitted(limiter, begin + 1s, 4) == 4);
    CHECK(limiter.take_skipped() == 103 - LogLimiter::per_second);
    CHECK(limiter.take_skipped() == 0);
    CHECK(admitted(limiter, begin + 1s, 100) == LogLimiter::per_second - 4);
}
