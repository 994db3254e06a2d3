#include "consumer/websocket_connection.hpp"

#include "unit/consumer/wire.hpp"

#include <chrono>

using namespace std::chrono_literals;
using namespace wire;

TEST_CASE_METHOD(Connection,
                 "nothing is read before the first resume_reading, then what came with the request first",
                 "[websocket_connection]") {
    wire->keep_early(text("early") + text("too"));
    CHECK_FALSE(wire->reads);
    loop.poll();
    CHECK(messages.empty());
    read();
    CHECK(messages == Strings{"text early", "text too"});
    CHECK(wire->reads);
}

TEST_CASE_METHOD(Connection, "a listener that wants no more gets the rest after resume_reading, in order",
                 "[websocket_connection]") {
    read();
    takes_more = false;
    wire->peer_sends(text("1") + text("2") + text("3"));
    CHECK_FALSE(wire->reads);
    CHECK(messages == Strings{"text 1"});
    read();
    CHECK(messages == Strings{"text 1", "text 2"});
    CHECK_FALSE(wire->reads);
    takes_more = true;
    read();
    CHECK(messages == Strings{"text 1", "text 2", "text 3"});
    CHECK(wire->reads);
}

TEST_CASE_METHOD(Connection, "a message in any number of pieces is one message", "[websocket_connection]") {
    read();
    const std::string bytes = text("hello") + client(Opcode::binary, "\x01\x02");
    for (const char c : bytes) wire->peer_sends(std::string(1, c));
    CHECK(messages == Strings{"text hello", "binary \x01\x02"});
}

TEST_CASE_METHOD(Connection, "a ping is answered by a pong with its payload", "[websocket_connection]") {
    read();
    wire->peer_sends(client(Opcode::ping, "are you there"));
    wire->flush();
    CHECK(wire->written ==
          "\x8a\x0d"
          "are you there");
    wire->peer_sends(client(Opcode::pong, "unasked"));
    CHECK(messages.empty());
    CHECK_FALSE(ending);
}

TEST_CASE_METHOD(Connection, "the peer's Close is echoed with its code, then our side ends, then the peer's",
                 "[websocket_connection]") {
    read();
    wire->peer_sends(close(4000, "bye"));
    REQUIRE(ending);
    CHECK(ending->cause == CloseReason::Cause::client);
    CHECK(ending->code == 4000);
    CHECK(ending->reason == "bye");
    loop.poll();
    CHECK_FALSE(wire->sending_shut);
    wire->flush();
    CHECK(wire->written == std::string_view("\x88\x02\x0f\xa0", 4));
    CHECK(wire->sending_shut);
    CHECK(closed == 0);
    wire->lost("end of stream");
    loop.poll();
    CHECK(wire->io_closed);
    CHECK(closed == 1);
}

TEST_CASE_METHOD(Connection, "a Close without a code is echoed without one", "[websocket_connection]") {
    read();
    wire->peer_sends(client(Opcode::close, ""));
    CHECK(ending->code == 1005);
    wire->flush();
    CHECK(wire->written == std::string_view("\x88\x00", 2));
}

TEST_CASE_METHOD(Connection, "a protocol error closes with its code and is told as one",
                 "[websocket_connection]") {
    read();
    SECTION("bad UTF-8") {
        wire->peer_sends(text("\xff"));
        CHECK(ending->code == 1007);
    }
    SECTION("an unmasked frame") {
        wire->peer_sends("\x81\x01x");
        CHECK(ending->code == 1002);
    }
    SECTION("a message over the bound") {
        wire->peer_sends(text(std::string(1001, 'x')));
        CHECK(ending->code == 1009);
    }
    REQUIRE(ending);
    CHECK(ending->cause == CloseReason::Cause::protocol_error);
    CHECK(messages.empty());
    wire->flush();
    CHECK(wire->written.substr(0, 1) == "\x88");
    wire->peer_sends(text("after"));
    CHECK(messages.empty());
}

TEST_CASE_METHOD(Connection, "a message of exactly the bound is taken", "[websocket_connection]") {
    read();
    wire->peer_sends(text(std::string(1000, 'x')));
    CHECK(messages.size() == 1);
    CHECK_FALSE(ending);
}

TEST_CASE_METHOD(Connection, "a peer that is lost is told in a turn of its own", "[websocket_connection]") {
    read();
    wire->lost("The connection was reset");
    CHECK_FALSE(ending);
    loop.poll();
    REQUIRE(ending);
    CHECK(ending->cause == CloseReason::Cause::lost);
    CHECK(ending->code == 1006);
    CHECK(ending->reason == "The connection was reset");
    loop.poll();
    CHECK(closed == 1);
    wire->lost("again");
    loop.poll();
    CHECK(closed == 1);
}

TEST_CASE_METHOD(Connection, "nothing is sent behind a Close", "[websocket_connection]") {
    wire->append(Frame::make(FrameKind::text, "a"));
    wire->append(Frame::make_close(1000, {}));
    wire->append(Frame::make(FrameKind::text, "b"));
    wire->append(Frame::make_close(1001, {}));
    read();
    wire->peer_sends(client(Opcode::ping, "x"));
    wire->flush();
    CHECK(wire->written == std::string_view("\x81\x01"
                                            "a"
                                            "\x88\x02\x03\xe8",
                                            7));
}

TEST_CASE_METHOD(Connection, "the listener is told when the outbox has become empty, once, if it waits for that",
                 "[websocket_connection]") {
    wire->append(Frame::make(FrameKind::text, "nobody waits"));
    wire->flush();
    CHECK(flushed == 0);
    wire->append(Frame::make(FrameKind::text, "abc"));
    wire->append(Frame::make(FrameKind::text, "def"));
    CHECK(wire->flushes_wanted > 0);
    CHECK(wire->outbox_bytes() == 10);
    wire->await_flush();
    wire->room = 7;
    wire->flush();
    CHECK(flushed == 0);
    wire->room = 100;
    wire->flush();
    CHECK(flushed == 1);
    CHECK(wire->outbox_bytes() == 0);
    wire->append(Frame::make(FrameKind::text, "ghi"));
    wire->flush();
    CHECK(flushed == 1);
}

TEST_CASE_METHOD(Connection,
                 "at the bound the outbox is flushed, and only a peer that does not read is closed",
                 "[websocket_connection]") {
    SECTION("it reads") {
        for (int i = 0; i < 10; ++i) wire->append(Frame::make(FrameKind::text, std::string(400, 'x')));
        loop.poll();
        CHECK_FALSE(ending);
        CHECK(wire->written.size() >= 2000);
    }
    SECTION("it does not") {
        wire->room = 100;
        for (int i = 0; i < 10; ++i) wire->append(Frame::make(FrameKind::text, std::string(400, 'x')));
        CHECK_FALSE(ending);  // not from inside append()
        loop.poll();
        REQUIRE(ending);
        CHECK(ending->cause == CloseReason::Cause::overflow);
        CHECK(ending->code == 1013);
        wire->room = 100'000;
        wire->flush();
        // The frame that had begun is finished, the others are dropped.
        CHECK(wire->written.size() < 450);
        CHECK(wire->written.find(std::string_view("\x88\x14\x03\xf5Reading too slowly", 22)) == 404);
        CHECK(wire->sending_shut);
    }
}

TEST_CASE_METHOD(Connection, "one frame over the bound is taken when the outbox is empty",
                 "[websocket_connection]") {
    wire->room = 0;
    wire->append(Frame::make(FrameKind::text, std::string(5000, 'x')));
    loop.poll();
    CHECK_FALSE(ending);
    CHECK(wire->outbox_bytes() == 5004);
    wire->append(Frame::make(FrameKind::text, "x"));
    loop.poll();
    CHECK(ending);
}

TEST_CASE_METHOD(Connection, "a closed connection waits for its peer up to the timeout",
                 "[websocket_connection]") {
    read();
    wire->append(Frame::make_close(1000, {}));
    wire->finish(5000);
    loop.poll();
    wire->flush();
    CHECK(wire->sending_shut);
    loop.advance_to(loop.now() + 4900ms);
    loop.poll();
    CHECK(closed == 0);
    loop.advance_to(loop.now() + 200ms);
    loop.poll();
    CHECK(wire->io_closed);
    CHECK(closed == 1);
}

TEST_CASE_METHOD(Connection, "what a peer still sends after our Close is discarded, up to an amount",
                 "[websocket_connection]") {
    read();
    wire->append(Frame::make_close(1000, {}));
    wire->finish(5000);
    loop.poll();
    wire->flush();
    wire->peer_sends(text("ignored"));
    CHECK(messages.empty());
    CHECK(closed == 0);
    for (int i = 0; i < 10'000 && !wire->io_closed; ++i) wire->peer_sends(text(std::string(900, 'x')));
    loop.poll();
    CHECK(wire->io_closed);
    CHECK(closed == 1);
    CHECK(messages.empty());
}

TEST_CASE_METHOD(Connection, "finishing twice, and after the end, changes nothing",
                 "[websocket_connection]") {
    wire->append(Frame::make_close(1000, {}));
    wire->finish(5000);
    wire->finish(5000);
    wire->lost("gone");
    loop.poll();
    wire->finish(5000);
    wire->append(Frame::make(FrameKind::text, "x"));
    wire->resume_reading();
    loop.poll();
    CHECK(closed == 1);
    CHECK_FALSE(ending);
}
