#include <chanx/message/delivery.hpp>

#include "consumer/websocket_connection.hpp"
#include "runtime/counters.hpp"
#include "unit/consumer/wire.hpp"

#include <map>
#include <random>

using namespace wire;
using chanx::DeliveryClass;
using chanx::FrameDelivery;
using chanx::FramePtr;
using chanx::OutboxDrop;
using chanx::detail::Outbox;

namespace {

FramePtr ordinary(std::string_view text) {
    return Frame::make(FrameKind::text, text);
}
FramePtr latest(std::string_view key, std::string_view text) {
    return Frame::make(FrameKind::text, text,
                       FrameDelivery::of("price", {DeliveryClass::latest, std::string(key)}));
}
FramePtr droppable(std::string_view text) {
    return Frame::make(FrameKind::text, text, {.kind = DeliveryClass::droppable});
}

Strings texts_of(const Outbox& outbox) {
    Strings texts;
    for (const Frame* frame : outbox.frames()) texts.emplace_back(frame->payload());
    return texts;
}

/// A client that does not read, with room for 1000 bytes in front of it.
struct Stalled : Connection {
    Stalled() { wire->room = 0; }

    std::uint64_t drops(OutboxDrop kind) {
        return loop.counters().outbox_drops.all()[static_cast<std::size_t>(kind)].value();
    }
    Strings waiting() { return texts_of(wire->outbox()); }
};

}  // namespace

TEST_CASE("What is the latest is told by action and key", "[delivery]") {
    const auto key = [](std::string_view action, std::string of) {
        return FrameDelivery::of(action, {DeliveryClass::latest, std::move(of)}).key;
    };
    CHECK(key("price", "tea") == key("price", "tea"));
    CHECK(key("price", "tea") != key("price", "cake"));
    CHECK(key("price", "tea") != key("stock", "tea"));
    CHECK(key("price", "") != key("pric", "e"));
    CHECK(FrameDelivery::of("price", {DeliveryClass::droppable}).key == 0);
    CHECK(ordinary("x")->is_ordinary());
    CHECK_FALSE(droppable("x")->is_ordinary());
    CHECK_FALSE(Frame::make_close(1000, {})->is_ordinary());
}

TEST_CASE_METHOD(Stalled, "the newest of a key takes the place of the one that waits", "[delivery]") {
    CHECK(wire->append(latest("tea", "tea 1")));
    CHECK(wire->append(ordinary("hello")));
    CHECK(wire->append(latest("cake", "cake 1")));
    CHECK_FALSE(wire->append(latest("tea", "tea costs 2")));
    CHECK_FALSE(wire->append(latest("tea", "3")));
    CHECK(waiting() == Strings{"3", "hello", "cake 1"});
    CHECK(wire->outbox_bytes() == 3 + 7 + 8);
    CHECK(drops(OutboxDrop::replaced) == 2);
    wire->room = 1000;
    wire->flush();
    CHECK(wire->written ==
          "\x81\x01"
          "3"
          "\x81\x05hello\x81\x06"
          "cake 1");
    CHECK(wire->append(latest("tea", "4")));
    CHECK(waiting() == Strings{"4"});
}

TEST_CASE_METHOD(Stalled, "one that has begun to be sent keeps its place", "[delivery]") {
    wire->append(latest("tea", "tea 1"));
    wire->room = 3;
    wire->flush();
    CHECK(wire->append(latest("tea", "tea 2")));
    CHECK_FALSE(wire->append(latest("tea", "tea 3")));
    CHECK(waiting() == Strings{"tea 1", "tea 3"});
    wire->room = 1000;
    wire->flush();
    CHECK(wire->written == "\x81\x05tea 1\x81\x05tea 3");
}

TEST_CASE_METHOD(Stalled, "what is droppable is left out where there is no room", "[delivery]") {
    CHECK(wire->append(ordinary(std::string(900, 'x'))));
    CHECK(wire->append(droppable(std::string(80, 'a'))));
    CHECK_FALSE(wire->append(droppable(std::string(80, 'b'))));
    CHECK(drops(OutboxDrop::droppable) == 1);
    CHECK_FALSE(ending);
    loop.poll();
    CHECK_FALSE(ending);
}

TEST_CASE_METHOD(Stalled, "what is droppable gives way to what has to arrive", "[delivery]") {
    const std::string large(300, 'd');
    for (int i = 0; i < 3; ++i) CHECK(wire->append(droppable(large)));
    CHECK(wire->append(ordinary(std::string(200, 'x'))));
    CHECK(waiting() == Strings{std::string(200, 'x')});
    CHECK(wire->outbox_bytes() == 204);
    CHECK(drops(OutboxDrop::droppable) == 3);
    // What is the latest of something has to arrive as well.
    CHECK(wire->append(droppable(large)));
    CHECK(wire->append(droppable(large)));
    CHECK(wire->append(latest("tea", large)));
    CHECK(waiting() == Strings{std::string(200, 'x'), large});
    CHECK_FALSE(ending);
}

TEST_CASE_METHOD(Stalled, "beyond the bound of what has to arrive the connection is closed", "[delivery]") {
    CHECK(wire->append(latest("tea", std::string(500, 't'))));
    CHECK(wire->append(ordinary(std::string(400, 'x'))));
    SECTION("for a key that nothing waits of") {
        CHECK_FALSE(wire->append(latest("cake", std::string(200, 'c'))));
    }
    SECTION("for a newer one that is larger than there is room for") {
        CHECK_FALSE(wire->append(latest("tea", std::string(600, 't'))));
    }
    loop.poll();
    REQUIRE(ending);
    CHECK(ending->code == 1013);
    CHECK(wire->outbox_bytes() < 100);
}

TEST_CASE_METHOD(Stalled, "a newer one that is no larger always finds its place", "[delivery]") {
    CHECK(wire->append(latest("tea", std::string(500, 't'))));
    CHECK(wire->append(ordinary(std::string(480, 'x'))));
    for (int i = 0; i < 1000; ++i) CHECK_FALSE(wire->append(latest("tea", std::string(500, 'u'))));
    CHECK(waiting().front() == std::string(500, 'u'));
    CHECK_FALSE(ending);
}

TEST_CASE_METHOD(Stalled,
                 "while a message is sent in parts, what is behind it is replaced and left out as well",
                 "[delivery]") {
    wire->append_part(Frame::make_part(chanx::FramePlace::first, "abc"));
    CHECK(wire->append(latest("tea", "tea 1")));
    CHECK(wire->append(droppable("d")));
    CHECK_FALSE(wire->append(latest("tea", "tea 2")));
    CHECK(wire->append(ordinary(std::string(950, 'x'))));
    CHECK_FALSE(wire->append(droppable(std::string(100, 'd'))));
    wire->append_part(Frame::make_part(chanx::FramePlace::last, "def"));
    CHECK(waiting() == Strings{"abc", "def", "tea 2", "d", std::string(950, 'x')});
    CHECK_FALSE(wire->append(latest("tea", "tea 3")));
    CHECK(waiting()[2] == "tea 3");
    CHECK_FALSE(ending);
}

TEST_CASE(
    "Whatever is sent meanwhile, of each key the newest is sent last, and nothing that has to arrive is lost",
    "[delivery]") {
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        Connection connection(1000, 1 << 20);
        auto& wire = *connection.wire;
        wire.room = 0;
        std::map<std::string, std::string> newest;
        Strings ordinary_ones;
        int number = 0;
        const int keys = seed % 3 == 0 ? 3 : 200;
        for (int step = 0; step < 2000; ++step) {
            const std::string text = std::to_string(number++);
            switch (random() % 8) {
                case 0:
                case 1:
                    ordinary_ones.push_back("o" + text);
                    wire.append(ordinary(ordinary_ones.back()));
                    break;
                case 2:
                    wire.append(droppable("d" + text));
                    break;
                case 3:
                    wire.room = random() % (seed % 2 == 0 ? 40 : 400);
                    wire.flush();
                    break;
                default: {
                    const std::string key = std::to_string(random() % static_cast<unsigned>(keys));
                    newest[key] = key + ":" + text;
                    wire.append(latest(key, newest[key]));
                }
            }
        }
        wire.room = 1'000'000;
        wire.flush();
        REQUIRE(wire.outbox().empty());
        REQUIRE(wire.outbox().bytes() == 0);
        std::map<std::string, std::string> last;
        Strings arrived;
        for (std::size_t at = 0; at < wire.written.size();) {
            const auto size = static_cast<std::size_t>(wire.written.at(at + 1));
            const std::string text = wire.written.substr(at + 2, size);
            at += 2 + size;
            if (text[0] == 'o') arrived.push_back(text);
            if (const auto colon = text.find(':'); colon != std::string::npos)
                last[text.substr(0, colon)] = text;
        }
        REQUIRE(arrived == ordinary_ones);
        REQUIRE(last == newest);
    }
}
