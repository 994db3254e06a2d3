#include "layer/redis/gap_tracker.hpp"

#include "support/catch.hpp"

using chanx::detail::GapTracker;

namespace {

struct Tracked {
    GapTracker::Verdict see(std::uint64_t seq, std::uint64_t epoch = 1, std::uint64_t lost = 0) {
        return tracker.observe("p", "room", {.epoch = epoch, .seq = seq, .lost = lost});
    }
    GapTracker::Verdict told(std::uint64_t seq, std::uint64_t epoch = 1, bool heard_it = true) {
        return tracker.last_was("p", {"room", epoch, seq, 0}, heard_it);
    }
    static bool fine(const GapTracker::Verdict& verdict) { return !verdict.duplicate && !verdict.gap; }

    GapTracker tracker{100};
};

}  // namespace

TEST_CASE_METHOD(Tracked, "Numbers in a row are fine, wherever they begin; a hole is a gap of its size",
                 "[redis]") {
    CHECK(fine(see(7)));
    CHECK(fine(see(8)));
    const auto hole = see(12);
    CHECK(hole.gap);
    CHECK(hole.missed == 3);
    CHECK_FALSE(hole.duplicate);
    CHECK(fine(see(13)));
}

TEST_CASE_METHOD(Tracked, "What came before comes again as a duplicate", "[redis]") {
    see(7);
    see(8);
    CHECK(see(8).duplicate);
    CHECK(see(7).duplicate);
    CHECK(fine(see(9)));
}

TEST_CASE_METHOD(Tracked, "A new epoch begins at one; a later number is a gap, an older epoch a duplicate",
                 "[redis]") {
    see(57);
    CHECK(fine(see(1, 2)));
    const auto hole = see(4, 3);
    CHECK(hole.gap);
    CHECK(hole.missed == 3);
    CHECK(see(58, 1).duplicate);
}

TEST_CASE_METHOD(Tracked, "A publisher's word that it lost some counts where nothing was heard of it yet",
                 "[redis]") {
    const auto first = see(5, 1, 2);
    CHECK(first.gap);
    CHECK(first.missed == 2);
    const auto second = see(8, 1, 1);
    CHECK(second.missed == 2);
}

TEST_CASE_METHOD(Tracked, "A heartbeat shows that the last one is missing, once", "[redis]") {
    see(1);
    CHECK(fine(told(1)));
    const auto lost = told(3);
    CHECK(lost.gap);
    CHECK(lost.missed == 2);
    CHECK(fine(told(3)));
    CHECK(fine(see(4)));
    CHECK(fine(told(3)));
}

TEST_CASE_METHOD(
    Tracked, "A heartbeat of an unknown publisher is a gap only where its last one should have been heard",
    "[redis]") {
    CHECK(fine(told(3, 1, false)));
    CHECK(fine(see(4)));
    const auto other = tracker.last_was("q", {"room", 1, 2, 0}, true);
    CHECK(other.gap);
    CHECK(other.missed == 0);
}

TEST_CASE_METHOD(
    Tracked,
    "After a loss that was reported for all, the next number is no further gap, and no duplicate passes",
    "[redis]") {
    see(5);
    tracker.resynchronise();
    CHECK(see(5).duplicate);
    CHECK(fine(see(9)));
    CHECK(see(11).missed == 1);
    tracker.resynchronise();
    CHECK(see(20, 1, 2).missed == 2);
    tracker.resynchronise();
    CHECK(fine(told(25, 1, false)));
    tracker.resynchronise();
    CHECK(told(27, 1, true).gap);
}

TEST_CASE_METHOD(Tracked, "Channels and publishers are told apart", "[redis]") {
    see(5);
    CHECK(fine(tracker.observe("q", "room", {.epoch = 1, .seq = 9})));
    CHECK(fine(tracker.observe("p", "other", {.epoch = 1, .seq = 30})));
    CHECK(fine(see(6)));
    tracker.forget("room");
    CHECK(tracker.size() == 1);
    CHECK(fine(see(20)));
    CHECK(tracker.observe("p", "other", {.epoch = 1, .seq = 32}).missed == 1);
}

TEST_CASE("The table has a bound; the longest unheard is forgotten", "[redis]") {
    GapTracker tracker(2);
    tracker.observe("p", "a", {.epoch = 1, .seq = 1});
    tracker.observe("p", "b", {.epoch = 1, .seq = 1});
    tracker.observe("p", "a", {.epoch = 1, .seq = 2});
    tracker.observe("p", "c", {.epoch = 1, .seq = 1});
    CHECK(tracker.size() == 2);
    CHECK(tracker.observe("p", "a", {.epoch = 1, .seq = 4}).missed == 1);
    CHECK_FALSE(tracker.observe("p", "b", {.epoch = 1, .seq = 9}).gap);
}
