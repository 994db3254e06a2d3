#include <chanx/layer/frame.hpp>

#include "support/catch.hpp"

#include <string>
#include <thread>
#include <vector>

namespace {

using chanx::Frame;
using chanx::FrameKind;
using chanx::FramePtr;

}  // namespace

TEST_CASE("a frame holds its header in the shortest form, then the payload", "[frame]") {
    CHECK(Frame::make(FrameKind::text, "hi")->wire() == std::string_view("\x81\x02hi", 4));
    CHECK(Frame::make(FrameKind::binary, "")->wire() == std::string_view("\x82\x00", 2));
    CHECK(Frame::make(FrameKind::ping, "x")->wire() == std::string_view("\x89\x01x", 3));
    const auto medium = Frame::make(FrameKind::text, std::string(126, 'a'));
    CHECK(medium->wire().substr(0, 4) == std::string_view("\x81\x7e\x00\x7e", 4));
    CHECK(medium->wire().size() == 130);
    const auto large = Frame::make(FrameKind::text, std::string(65536, 'a'));
    CHECK(large->wire().substr(0, 10) == std::string_view("\x81\x7f\0\0\0\0\0\x01\0\0", 10));
    CHECK(large->payload().size() == 65536);
}

TEST_CASE("a frame knows its place among those of its message", "[frame]") {
    using chanx::FramePlace;
    const auto wire_of = [](FramePlace place) {
        const auto frame = Frame::make_part(place, "x");
        CHECK(frame->place() == place);
        CHECK(frame->kind() == FrameKind::binary);
        CHECK(frame->payload() == "x");
        return std::string(frame->wire());
    };
    CHECK(wire_of(FramePlace::only) == "\x82\x01x");
    CHECK(wire_of(FramePlace::first) == "\x02\x01x");
    CHECK(wire_of(FramePlace::middle) == std::string("\x00\x01x", 3));
    CHECK(wire_of(FramePlace::last) == "\x80\x01x");
    CHECK(Frame::make(FrameKind::text, "x")->place() == FramePlace::only);
    CHECK(Frame::make_close(1000, {})->place() == FramePlace::only);
}

TEST_CASE("a Close carries its code and reason", "[frame]") {
    const auto close = Frame::make_close(1000, "bye");
    CHECK(close->kind() == FrameKind::close);
    CHECK(close->payload() == std::string_view("\x03\xe8"
                                               "bye"));
    CHECK(Frame::make_close(4401, std::string(500, 'x'))->payload().size() == 125);
}

TEST_CASE("a frame is shared, moved and given up without being lost", "[frame]") {
    FramePtr empty;
    CHECK_FALSE(empty);
    FramePtr one = Frame::make(FrameKind::text, "x");
    FramePtr two = one;
    CHECK(one.get() == two.get());
    FramePtr three = std::move(one);
    CHECK(three);
    two = three;
    Frame* raw = three.detach();
    CHECK_FALSE(three);
    FramePtr again(raw);
    CHECK(again->payload() == "x");
    two = FramePtr();
    CHECK(again->payload() == "x");
}

TEST_CASE("a frame may be shared by threads", "[frame]") {
    const FramePtr shared = Frame::make(FrameKind::text, "x");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([copy = shared] {
            for (int i = 0; i < 10'000; ++i) {
                FramePtr mine = copy;
                FramePtr other = std::move(mine);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(shared->payload() == "x");
}
