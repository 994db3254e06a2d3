#include "consumer/websocket_connection.hpp"
#include "unit/consumer/wire.hpp"

// Binary messages in parts, in both directions.

using namespace wire;

TEST_CASE_METHOD(Connection,
                 "binary messages come in parts once that is asked for, and a listener may have enough",
                 "[websocket_connection][streaming]") {
    wire->receive_in_parts(1000, 200);
    read();
    wire->peer_sends(client(Opcode::binary, "short") + text("text"));
    CHECK(messages == Strings{"last short", "text text"});
    messages.clear();
    takes_more = false;
    const std::string large(500, 'x');
    const std::string bytes = client(Opcode::binary, large);
    wire->peer_sends(bytes);
    CHECK(messages == Strings{"part " + large.substr(0, 200)});
    CHECK_FALSE(wire->reads);
    CHECK(wire->input_bytes() == 300);
    read();
    CHECK(messages.back() == "part " + large.substr(0, 200));
    CHECK(wire->input_bytes() == 100);
    takes_more = true;
    read();
    CHECK(messages.back() == "last " + large.substr(0, 100));
    CHECK(messages.size() == 3);
    CHECK(wire->input_bytes() == 0);
    CHECK(wire->reads);
}

TEST_CASE_METHOD(Connection, "while a message goes out in parts, other data frames are held",
                 "[websocket_connection][streaming]") {
    const auto part = [&](chanx::FramePlace place, std::string_view data) {
        wire->append_part(Frame::make_part(place, data));
    };
    SECTION("up to its end, and control frames are not") {
        read();
        part(chanx::FramePlace::first, "1");
        wire->append(Frame::make(FrameKind::text, "a"));
        wire->append(Frame::make(FrameKind::binary, "b"));
        CHECK(wire->held_bytes() == 6);
        CHECK(wire->outbox_bytes() == 9);
        wire->peer_sends(client(Opcode::ping, "p"));
        part(chanx::FramePlace::middle, "2");
        wire->flush();
        CHECK(wire->written ==
              "\x02\x01"
              "1"
              "\x8a\x01"
              "p" +
                  std::string("\x00\x01"
                              "2",
                              3));
        CHECK(wire->outbox_bytes() == 6);
        wire->written.clear();
        part(chanx::FramePlace::last, "3");
        wire->append(Frame::make(FrameKind::text, "c"));
        CHECK(wire->held_bytes() == 0);
        wire->flush();
        CHECK(wire->written ==
              "\x80\x01"
              "3"
              "\x81\x01"
              "a"
              "\x82\x01"
              "b"
              "\x81\x01"
              "c");
    }
    SECTION("and dropped at a Close") {
        part(chanx::FramePlace::first, "1");
        wire->append(Frame::make(FrameKind::text, "a"));
        wire->append(Frame::make_close(1000, {}));
        part(chanx::FramePlace::last, "2");
        wire->flush();
        CHECK(wire->written ==
              "\x02\x01"
              "1"
              "\x88\x02\x03\xe8");
        CHECK(wire->outbox_bytes() == 0);
    }
    SECTION("to their bound, which the outbox counts for") {
        wire->room = 0;
        part(chanx::FramePlace::first, std::string(300, 'x'));
        wire->append(Frame::make(FrameKind::text, std::string(500, 'a')));
        wire->append(Frame::make(FrameKind::text, std::string(188, 'a')));
        CHECK(wire->outbox_bytes() == 1000);
        loop.poll();
        CHECK_FALSE(ending);
        SECTION("beyond which the outbox is flushed") {
            wire->room = 1000;
            wire->append(Frame::make(FrameKind::text, "b"));
            loop.poll();
            CHECK_FALSE(ending);
            CHECK(wire->held_bytes() == 699);
        }
        SECTION("and the connection closed") {
            wire->append(Frame::make(FrameKind::text, "b"));
            CHECK(wire->held_bytes() == 0);
            loop.poll();
            REQUIRE(ending);
            CHECK(ending->code == 1013);
        }
    }
}
