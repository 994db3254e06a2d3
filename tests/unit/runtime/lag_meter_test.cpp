#include "runtime/lag_meter.hpp"

#include "support/catch.hpp"

namespace {

using chanx::detail::LagMeter;
using chanx::detail::TimePoint;
using namespace std::chrono_literals;

constexpr TimePoint start = TimePoint{} + 1h;

}  // namespace

TEST_CASE("a lag is reported from the limit on", "[lag]") {
    LagMeter meter;
    meter.set_limit(100ms);
    CHECK_FALSE(meter.record(start, start));
    CHECK_FALSE(meter.record(start, start + 99ms));
    const auto report = meter.record(start, start + 100ms);
    REQUIRE(report);
    CHECK(report->worst == 100ms);
    CHECK(report->times == 1);
}

TEST_CASE("after a report there is none for a while, and the next one tells what was late meanwhile", "[lag]") {
    LagMeter meter;
    meter.set_limit(100ms);
    REQUIRE(meter.record(start - 100ms, start));
    CHECK_FALSE(meter.record(start, start + 300ms));
    CHECK_FALSE(meter.record(start, start + 50ms));
    CHECK_FALSE(meter.record(start + LagMeter::quiet - 101ms, start + LagMeter::quiet - 1ms));
    const auto report = meter.record(start + LagMeter::quiet - 100ms, start + LagMeter::quiet);
    REQUIRE(report);
    CHECK(report->worst == 300ms);
    CHECK(report->times == 3);
    const auto fresh = meter.record(start, start + 2 * LagMeter::quiet);
    REQUIRE(fresh);
    CHECK(fresh->times == 1);
}

TEST_CASE("without a limit nothing is reported, but the greatest lag is kept", "[lag]") {
    LagMeter meter;
    CHECK_FALSE(meter.record(start, start + 5s));
    CHECK(meter.take_greatest() == 5s);
}

TEST_CASE("the greatest lag is that since it was last taken", "[lag]") {
    LagMeter meter;
    meter.record(start, start + 20ms);
    meter.record(start, start + 30ms);
    meter.record(start, start + 10ms);
    CHECK(meter.take_greatest() == 30ms);
    CHECK(meter.take_greatest() == 0ms);
    meter.record(start, start + 10ms);
    CHECK(meter.take_greatest() == 10ms);
}

TEST_CASE("what comes before it was due is not late", "[lag]") {
    LagMeter meter;
    meter.set_limit(1ms);
    CHECK_FALSE(meter.record(start + 1s, start));
    CHECK(meter.take_greatest() == 0ms);
}
