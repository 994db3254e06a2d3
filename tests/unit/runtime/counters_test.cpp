#include "runtime/counters.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <vector>

namespace {

using chanx::Durations;
using chanx::MessageError;
using chanx::OutboxDrop;
using chanx::Refusal;
using chanx::Statistics;
using chanx::detail::CloseCounters;
using chanx::detail::DurationCounter;
using chanx::detail::HookCounters;
using chanx::detail::LoopCounters;
using namespace std::chrono_literals;

Durations read(const DurationCounter& counter) {
    Durations durations;
    counter.add_to(durations);
    return durations;
}

std::uint64_t count_of(const std::vector<Statistics::Closes>& closes, std::string_view cause,
                       std::uint16_t code) {
    for (const auto& each : closes) {
        if (each.cause == cause && each.code == code) return each.count;
    }
    return 0;
}

}  // namespace

TEST_CASE("a duration counts at the first bound that it does not exceed", "[counters]") {
    DurationCounter counter;
    counter.record(0ns);
    counter.record(10us);
    counter.record(10'001ns);
    counter.record(1ms);
    counter.record(10s);
    counter.record(11s);
    counter.record(-1s);
    const Durations durations = read(counter);
    CHECK(durations.counts[0] == 3);
    CHECK(durations.counts[1] == 1);
    CHECK(durations.counts[6] == 1);
    CHECK(durations.counts[18] == 1);
    CHECK(durations.counts[19] == 1);
    CHECK(durations.count() == 7);
    CHECK(durations.total_seconds == Approx(21.001020001));
}

TEST_CASE("durations of several loops are added up", "[counters]") {
    DurationCounter one;
    DurationCounter other;
    one.record(1ms);
    other.record(1ms);
    other.record(3s);
    Durations sum;
    one.add_to(sum);
    other.add_to(sum);
    CHECK(sum.counts[6] == 2);
    CHECK(sum.count() == 3);
    CHECK(sum.total_seconds == Approx(3.002));
}

TEST_CASE("close codes that a peer may make up have few places", "[counters]") {
    CloseCounters counters;
    for (unsigned code = 0; code < 65536; ++code) counters.add(0, static_cast<std::uint16_t>(code));
    counters.add(5, 1001);
    std::vector<Statistics::Closes> closes;
    counters.add_to(closes);
    CHECK(closes.size() == 16 + 8 + 1);
    CHECK(count_of(closes, "client", 1001) == 1);
    CHECK(count_of(closes, "client", 4401) == 1);
    CHECK(count_of(closes, "client", 3000) == 4000 - 16);
    CHECK(count_of(closes, "shutdown", 1001) == 1);
    std::uint64_t all = 0;
    for (const auto& each : closes) all += each.count;
    CHECK(all == 65537);
}

TEST_CASE("a hook without a name of its own counts as session", "[counters]") {
    HookCounters counters;
    counters.add("receive_message");
    counters.add("receive_message");
    counters.add("something else");
    std::vector<Statistics::Hook> hooks;
    counters.add_to(hooks);
    REQUIRE(hooks.size() == 2);
    CHECK(hooks[0].name == "receive_message");
    CHECK(hooks[0].failures == 2);
    CHECK(hooks[1].name == "session");
    CHECK(hooks[1].failures == 1);
}

TEST_CASE("what loops have counted is added up", "[counters]") {
    LoopCounters one;
    LoopCounters other;
    one.sessions_opened.add(3);
    one.sessions_ended.add();
    other.sessions_opened.add(5);
    one.tasks_started.add(2);
    other.refused.add(Refusal::origin, 4);
    one.refused.add(Refusal::origin);
    one.message_errors.add(MessageError::invalid);
    one.outbox_drops.add(OutboxDrop::overflow, 7);
    one.closes.add(0, 1000);
    other.closes.add(0, 1000);
    one.count_authentication(200);
    other.count_authentication(418);
    one.count_response(204);
    one.count_response(999);
    Statistics sum;
    one.add_to(sum);
    other.add_to(sum);
    CHECK(sum.sessions == 7);
    CHECK(sum.sessions_opened == 8);
    CHECK(sum.tasks == 2);
    CHECK(sum.refused[Refusal::origin] == 5);
    CHECK(sum.refused.total() == 5);
    CHECK(sum.message_errors[MessageError::invalid] == 1);
    CHECK(sum.outbox_drops[OutboxDrop::overflow] == 7);
    CHECK(count_of(sum.closes, "client", 1000) == 2);
    CHECK(sum.authentications[0] == 1);
    CHECK(sum.authentications[4] == 1);
    CHECK(sum.http_responses[1] == 1);
}

TEST_CASE("each reason has a name of its own", "[counters]") {
    CHECK(chanx::name_of(Refusal::address) == "connections_of_address");
    CHECK(chanx::name_of(Refusal::consumer) == "consumer");
    CHECK(chanx::name_of(MessageError::rate_limited) == "rate_limited");
    CHECK(chanx::name_of(OutboxDrop::replaced) == "replaced");
}
