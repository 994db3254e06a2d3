#include "layer/redis/sequence_table.hpp"

#include "support/catch.hpp"

#include <chrono>

using chanx::detail::SequenceTable;
using chanx::detail::TimePoint;
using std::chrono::milliseconds;

namespace {
constexpr TimePoint begin{std::chrono::hours(1)};
}

TEST_CASE("Each channel is numbered from one, and what was skipped is told once", "[redis]") {
    SequenceTable table(10);
    CHECK(table.next("a", begin).seq == 1);
    CHECK(table.next("b", begin).seq == 1);
    table.skip("a", 3, begin);
    const auto after = table.next("a", begin);
    CHECK(after.seq == 5);
    CHECK(after.lost == 3);
    CHECK(table.next("a", begin).lost == 0);
    table.lose("a", begin);
    const auto last = table.next("a", begin);
    CHECK(last.seq == 7);
    CHECK(last.lost == 1);
}

TEST_CASE("A channel that was forgotten begins anew in a greater epoch", "[redis]") {
    SequenceTable table(2);
    const auto first = table.next("a", begin);
    table.next("b", begin);
    table.next("a", begin);
    table.next("c", begin);  // forgets b, the longest unused
    CHECK(table.size() == 2);
    CHECK(table.next("a", begin).seq == 3);
    const auto anew = table.next("b", begin);
    CHECK(anew.seq == 1);
    CHECK(anew.epoch > first.epoch);
}

TEST_CASE("What has changed lately is listed with its age", "[redis]") {
    SequenceTable table(10);
    table.next("old", begin);
    table.next("a", begin + milliseconds(100));
    table.next("b", begin + milliseconds(200));
    table.skip("a", 2, begin + milliseconds(300));
    const auto changed = table.changed_since(begin + milliseconds(50), begin + milliseconds(350));
    REQUIRE(changed.size() == 2);
    CHECK(changed[0].channel == "a");
    CHECK(changed[0].seq == 3);
    CHECK(changed[0].age == 50);
    CHECK(changed[1].channel == "b");
    CHECK(changed[1].age == 150);
}
