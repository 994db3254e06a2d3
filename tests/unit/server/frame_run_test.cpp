#include "server/frame_run.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace {

using chanx::Frame;
using chanx::FrameKind;
using chanx::FramePtr;
using chanx::detail::FrameRun;
using chanx::detail::Outbox;

void fill(Outbox& outbox, const std::vector<FramePtr>& frames) {
    for (const FramePtr& frame : frames) outbox.push(frame);
}

std::vector<FramePtr> three() {
    return {Frame::make(FrameKind::text, "one"), Frame::make(FrameKind::text, "two!"),
            Frame::make(FrameKind::text, std::string(300, 'x'))};
}

std::string wire_of(const std::vector<FramePtr>& frames) {
    std::string bytes;
    for (const FramePtr& frame : frames) bytes += frame->wire();
    return bytes;
}

}  // namespace

TEST_CASE("connections that send the same frames send the same memory", "[frame_run]") {
    chanx::detail::SentCounters counters;
    FrameRun run(counters);
    const auto frames = three();
    Outbox first;
    Outbox second;
    fill(first, frames);
    fill(second, frames);
    const std::string_view bytes = run.bytes_of(first);
    CHECK(bytes == wire_of(frames));
    run.sent(first);
    CHECK(first.empty());
    CHECK(first.bytes() == 0);
    CHECK(run.bytes_of(second).data() == bytes.data());
    CHECK(run.bytes_of(second) == wire_of(frames));
    run.sent(second);
    CHECK(second.empty());
}

TEST_CASE("frames that differ in one place are another run", "[frame_run]") {
    chanx::detail::SentCounters counters;
    FrameRun run(counters);
    auto frames = three();
    Outbox first;
    fill(first, frames);
    static_cast<void>(run.bytes_of(first));
    run.sent(first);

    SECTION("another frame in the middle") { frames[1] = Frame::make(FrameKind::text, "TWO!"); }
    SECTION("one frame less") { frames.pop_back(); }
    SECTION("one frame more") { frames.push_back(Frame::make(FrameKind::binary, "four")); }
    SECTION("one frame alone") { frames.resize(1); }
    Outbox second;
    fill(second, frames);
    CHECK(run.bytes_of(second) == wire_of(frames));
}

TEST_CASE("what was not sent is looked at anew", "[frame_run]") {
    // Nobody keeps the frames: others may lie where they lay.
    chanx::detail::SentCounters counters;
    FrameRun run(counters);
    {
        Outbox first;
        fill(first, three());
        static_cast<void>(run.bytes_of(first));
    }
    const auto frames = three();
    Outbox second;
    fill(second, frames);
    CHECK(run.bytes_of(second) == wire_of(frames));
    run.sent(second);
    run.clear();
    const auto others = three();
    Outbox third;
    fill(third, others);
    CHECK(run.bytes_of(third) == wire_of(others));
}

TEST_CASE("a run keeps its frames until it is cleared", "[frame_run]") {
    chanx::detail::SentCounters counters;
    FrameRun run(counters);
    Outbox outbox;
    fill(outbox, three());
    const std::string expected(run.bytes_of(outbox));
    run.sent(outbox);
    Outbox same;
    for (int i = 0; i < 100; ++i) {
        // Memory that was given back would be used again here.
        auto other = Frame::make(FrameKind::text, "ONE");
        same.push(other);
        CHECK(run.bytes_of(same).substr(2, 3) == "ONE");
        run.sent(same);
    }
    CHECK(expected.substr(2, 3) == "one");
}

TEST_CASE("what is partly sent, too long or too many is no run, but one long frame is", "[frame_run]") {
    chanx::detail::SentCounters counters;
    FrameRun run(counters);
    Outbox outbox;
    SECTION("partly sent") {
        fill(outbox, three());
        outbox.consume(1);
        CHECK(run.bytes_of(outbox).empty());
    }
    SECTION("too long") {
        outbox.push(Frame::make(FrameKind::text, "first"));
        outbox.push(Frame::make(FrameKind::text, std::string(FrameRun::most_bytes, 'x')));
        CHECK(run.bytes_of(outbox).empty());
    }
    SECTION("too many") {
        for (std::size_t i = 0; i <= FrameRun::most_frames; ++i) outbox.push(Frame::make(FrameKind::text, "x"));
        CHECK(run.bytes_of(outbox).empty());
    }
    SECTION("one long frame") {
        const auto frame = Frame::make(FrameKind::text, std::string(FrameRun::most_bytes * 4, 'x'));
        outbox.push(frame);
        CHECK(run.bytes_of(outbox).data() == frame->wire().data());
        CHECK(run.bytes_of(outbox).size() == frame->wire_size());
    }
}
