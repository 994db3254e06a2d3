#include "support/catch.hpp"
#include "testing/deflated.hpp"
#include "unit/websocket/zlib_limit.hpp"

#include <chanx/layer/frame.hpp>

#include <string>
#include <thread>
#include <vector>

// A frame's compressed form.

using chanx::Frame;
using chanx::FrameKind;
using chanx::FramePtr;
using chanx::testing::inflated;

namespace {

const std::string text = std::string(200, 'a') + " text " + std::string(200, 'b');

}  // namespace

TEST_CASE("a frame has a compressed form of the same message, with the bit that says so",
          "[frame][deflate]") {
    for (const FrameKind kind : {FrameKind::text, FrameKind::binary}) {
        const FramePtr frame = Frame::make(kind, text);
        CHECK_FALSE(frame->is_compressed());
        const FramePtr compressed = frame->compressed(6);
        CHECK(compressed->is_compressed());
        CHECK(compressed->kind() == kind);
        CHECK(compressed->place() == chanx::FramePlace::only);
        CHECK(static_cast<unsigned char>(compressed->wire()[0]) == (0xC0U | static_cast<unsigned>(kind)));
        CHECK(compressed->wire_size() < 60);
        CHECK(inflated(compressed->payload()) == text);
        CHECK(frame->payload() == text);
    }
}

TEST_CASE("a frame is compressed once, for all who ask", "[frame][deflate]") {
    const FramePtr frame = Frame::make(FrameKind::text, text);
    const FramePtr first = frame->compressed(1);
    CHECK(frame->compressed(9).get() == first.get());
    CHECK(frame->compressed(1).get() == first.get());
}

TEST_CASE("the compressed form may outlive its frame", "[frame][deflate]") {
    FramePtr compressed = Frame::make(FrameKind::text, text)->compressed(6);
    CHECK(inflated(compressed->payload()) == text);
    CHECK(compressed->is_compressed());
}

TEST_CASE("a frame that would not get smaller stays as it is", "[frame][deflate]") {
    for (const char* message : {"", "a", "short"}) {
        const FramePtr frame = Frame::make(FrameKind::text, message);
        CHECK(frame->compressed(9).get() == frame.get());
        CHECK(frame->compressed(9).get() == frame.get());
    }
}

TEST_CASE("without memory for the compressor a frame stays as it is", "[frame][deflate]") {
    std::thread([] {  // which has no compressor yet
        const FramePtr frame = Frame::make(FrameKind::text, text);
        {
            const ZlibLimit none(0);
            CHECK(frame->compressed(6).get() == frame.get());
        }
        const FramePtr next = Frame::make(FrameKind::text, text);
        CHECK(next->compressed(6)->is_compressed());
    })
        .join();
}

TEST_CASE("many threads get the same compressed form", "[frame][deflate]") {
    for (int round = 0; round < 20; ++round) {
        const FramePtr frame = Frame::make(FrameKind::text, text);
        std::vector<FramePtr> found(4);
        std::vector<std::thread> threads;
        for (auto& each : found) threads.emplace_back([&] { each = frame->compressed(6); });
        for (auto& thread : threads) thread.join();
        for (const auto& each : found) CHECK(each.get() == found[0].get());
        CHECK(inflated(found[0]->payload()) == text);
    }
}
