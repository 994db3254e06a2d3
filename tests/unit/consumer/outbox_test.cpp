#include "consumer/outbox.hpp"

#include "support/catch.hpp"

#include <random>
#include <string>

namespace {

using chanx::Frame;
using chanx::FrameKind;
using chanx::FramePtr;
using chanx::detail::Outbox;

std::string all_of(const Outbox& outbox, std::size_t most = 1'000'000) {
    std::string bytes;
    outbox.gather(most, [&](std::string_view piece) { bytes += piece; });
    return bytes;
}

}  // namespace

TEST_CASE("an outbox gives its frames in order and counts their bytes", "[outbox]") {
    Outbox outbox;
    CHECK(outbox.empty());
    outbox.push(Frame::make(FrameKind::text, "one"));
    outbox.push(Frame::make(FrameKind::text, "two!"));
    CHECK(outbox.size() == 2);
    CHECK(outbox.bytes() == 11);
    CHECK(all_of(outbox) == "\x81\x03one\x81\x04two!");
    CHECK(all_of(outbox, 1) == "\x81\x03one");
    CHECK(all_of(outbox, 0).empty());
}

TEST_CASE("what was sent is left out, to the byte", "[outbox]") {
    Outbox outbox;
    outbox.push(Frame::make(FrameKind::text, "one"));
    outbox.push(Frame::make(FrameKind::text, "two!"));
    outbox.consume(3);
    CHECK(outbox.sent() == 3);
    CHECK(all_of(outbox) == "ne\x81\x04two!");
    outbox.consume(4);
    CHECK(outbox.size() == 1);
    CHECK(outbox.sent() == 2);
    CHECK(all_of(outbox) == "two!");
    outbox.consume(4);
    CHECK(outbox.empty());
    CHECK(outbox.bytes() == 0);
    CHECK(outbox.sent() == 0);
}

TEST_CASE("an outbox takes all of another, behind its own", "[outbox]") {
    Outbox outbox;
    Outbox other;
    outbox.push(Frame::make(FrameKind::text, "one"));
    outbox.consume(1);
    outbox.take_all(other);
    CHECK(outbox.bytes() == 4);
    other.push(Frame::make(FrameKind::text, "two!"));
    other.push(Frame::make(FrameKind::text, "three"));
    outbox.take_all(other);
    CHECK(other.empty());
    CHECK(other.bytes() == 0);
    CHECK(all_of(outbox) == "\x03one\x81\x04two!\x81\x05three");
    CHECK(outbox.bytes() == 17);
}

TEST_CASE("dropping keeps the frame that has begun to be sent", "[outbox]") {
    Outbox outbox;
    outbox.push(Frame::make(FrameKind::text, "one"));
    outbox.push(Frame::make(FrameKind::text, "two!"));
    SECTION("begun") {
        outbox.consume(1);
        outbox.drop_unsent();
        CHECK(all_of(outbox) == "\x03one");
        CHECK(outbox.bytes() == 4);
    }
    SECTION("not begun") {
        outbox.drop_unsent();
        CHECK(outbox.empty());
        CHECK(outbox.bytes() == 0);
    }
    SECTION("the second has begun") {
        outbox.consume(6);
        outbox.push(Frame::make(FrameKind::text, "three"));
        outbox.drop_unsent();
        CHECK(outbox.size() == 1);
        CHECK(all_of(outbox) == "\x04two!");
    }
    outbox.push(Frame::make_close(1013, {}));
    CHECK(all_of(outbox).ends_with(std::string_view("\x88\x02\x03\xf5", 4)));
}

TEST_CASE("an empty outbox can drop and gather", "[outbox]") {
    Outbox outbox;
    outbox.drop_unsent();
    outbox.consume(0);
    CHECK(all_of(outbox).empty());
    CHECK(outbox.empty());
}

TEST_CASE("any mixture of pushing and sending loses and changes nothing", "[outbox]") {
    std::mt19937 random(3);
    Outbox outbox;
    std::string expected;
    std::string sent;
    for (int step = 0; step < 5000; ++step) {
        if (random() % 2 == 0) {
            const auto frame =
                Frame::make(FrameKind::text, std::string(random() % 300, static_cast<char>('a' + step % 26)));
            expected += frame->wire();
            outbox.push(frame);
        } else {
            const std::string waiting = all_of(outbox);
            REQUIRE(waiting.size() == outbox.bytes());
            const std::size_t count = waiting.empty() ? 0 : random() % (waiting.size() + 1);
            sent += waiting.substr(0, count);
            outbox.consume(count);
        }
    }
    CHECK(sent + all_of(outbox) == expected);
}
