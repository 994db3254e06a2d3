#include "consumer/websocket_connection.hpp"
#include "testing/deflated.hpp"
#include "unit/consumer/wire.hpp"
#include "unit/websocket/zlib_limit.hpp"

#include <deque>
#include <thread>

// Compression, once it is agreed on.

using namespace wire;
using chanx::FramePtr;
using chanx::testing::deflated;
using chanx::testing::inflated;

namespace {

constexpr chanx::CompressionOptions small_messages{.enabled = true, .min_size = 100, .max_size = 5000};

struct Compressed : Connection {
    Compressed() : Connection(10'000, 10'000) { wire->compress(small_messages); }

    static std::string compressed(Opcode opcode, std::string_view message) {
        std::string bytes;
        const std::string payload = deflated(message);
        chanx::detail::append_client_frame(bytes, {.opcode = opcode, .payload = payload, .reserved_bits = 4});
        return bytes;
    }
};

}  // namespace

TEST_CASE_METHOD(Compressed, "compressed and plain messages come in as they were",
                 "[websocket_connection][deflate]") {
    read();
    const std::string long_text(5000, 'x');
    wire->peer_sends(compressed(Opcode::text, "hello") + text("plain") +
                     compressed(Opcode::binary, long_text));
    CHECK(messages == Strings{"text hello", "text plain", "binary " + long_text});
}

TEST_CASE_METHOD(Compressed,
                 "what goes out is compressed from one size to another, and counts as what is sent",
                 "[websocket_connection][deflate]") {
    const auto sent_as = [&](FrameKind kind, std::size_t size) {
        const std::string message(size, 'x');
        const FramePtr frame = Frame::make(kind, message);
        wire->append(frame);
        const std::size_t waits = wire->outbox_bytes();
        wire->flush();
        const std::string written = std::exchange(wire->written, {});
        CHECK(waits == written.size());
        if (written == frame->wire()) return "plain";
        CHECK(written == frame->compressed(1)->wire());
        CHECK(written.size() < 100);
        return "compressed";
    };
    for (const FrameKind kind : {FrameKind::text, FrameKind::binary}) {
        CHECK(sent_as(kind, 0) == std::string("plain"));
        CHECK(sent_as(kind, 99) == std::string("plain"));
        CHECK(sent_as(kind, 100) == std::string("compressed"));
        CHECK(sent_as(kind, 5000) == std::string("compressed"));
        CHECK(sent_as(kind, 5001) == std::string("plain"));
    }
    CHECK(sent_as(FrameKind::pong, 125) == std::string("plain"));
    CHECK(sent_as(FrameKind::ping, 125) == std::string("plain"));
}

TEST_CASE("a frame for many connections is compressed once", "[websocket_connection][deflate]") {
    struct Member final : Compressed {};
    std::deque<Member> members;
    const FramePtr frame = Frame::make(FrameKind::text, std::string(1000, 'x'));
    for (int i = 0; i < 5; ++i) {
        auto& wire = *members.emplace_back().wire;
        wire.append(frame);
        REQUIRE(wire.outbox().size() == 1);
        CHECK(wire.outbox().frames()[0] == frame->compressed(1).get());
    }
    Connection plain;
    plain.wire->append(frame);
    CHECK(plain.wire->outbox().frames()[0] == frame.get());
}

TEST_CASE_METHOD(Compressed, "a message in parts goes out as it is, and what waits behind it is compressed",
                 "[websocket_connection][deflate]") {
    const std::string data(500, 'x');
    wire->append_part(Frame::make_part(chanx::FramePlace::first, data));
    const FramePtr behind = Frame::make(FrameKind::text, data);
    wire->append(behind);
    CHECK(wire->held_bytes() == behind->compressed(1)->wire_size());
    wire->append_part(Frame::make_part(chanx::FramePlace::last, data));
    const FramePtr next = Frame::make(FrameKind::text, data + "!");
    wire->append(next);
    wire->flush();
    CHECK(wire->written == std::string(Frame::make_part(chanx::FramePlace::first, data)->wire()) +
                               std::string(Frame::make_part(chanx::FramePlace::last, data)->wire()) +
                               std::string(behind->compressed(1)->wire()) +
                               std::string(next->compressed(1)->wire()));
}

TEST_CASE_METHOD(Compressed, "after a Close nothing is sent, compressed or not",
                 "[websocket_connection][deflate]") {
    wire->append(Frame::make_close(1000, "bye"));
    wire->append(Frame::make(FrameKind::text, std::string(1000, 'x')));
    wire->flush();
    CHECK(wire->written ==
          "\x88\x05\x03\xe8"
          "bye");
}

TEST_CASE_METHOD(Compressed, "a peer that does not read is given as much as fits compressed",
                 "[websocket_connection][deflate]") {
    wire->room = 0;
    const std::string message(4000, 'x');  // of which two fit as they are
    for (int i = 0; i < 20; ++i) wire->append(Frame::make(FrameKind::text, message));
    loop.poll();
    CHECK_FALSE(ending);
    CHECK(wire->outbox().size() == 20);
    CHECK(wire->outbox_bytes() < 2000);
}

TEST_CASE_METHOD(Compressed, "bad data, a bomb and bad text close with their codes",
                 "[websocket_connection][deflate]") {
    read();
    std::string bytes;
    std::uint16_t code = 0;
    SECTION("not compressed") {
        chanx::detail::append_client_frame(bytes, {.payload = "not compressed", .reserved_bits = 4});
        code = 1007;
    }
    SECTION("a bomb") {
        bytes = compressed(Opcode::binary, std::string(1'000'000, 'x'));
        REQUIRE(bytes.size() < 10'000);
        code = 1009;
    }
    SECTION("no UTF-8") {
        bytes = compressed(Opcode::text, "\xff");
        code = 1007;
    }
    SECTION("a compressed ping") {
        chanx::detail::append_client_frame(bytes,
                                           {.opcode = Opcode::ping, .payload = "", .reserved_bits = 4});
        code = 1002;
    }
    wire->peer_sends(bytes);
    REQUIRE(ending);
    CHECK(ending->code == code);
    CHECK(ending->cause == CloseReason::Cause::protocol_error);
    CHECK_FALSE(ending->reason.empty());
    CHECK(messages.empty());
}

TEST_CASE_METHOD(Compressed, "without memory to decompress the connection closes with 1011",
                 "[websocket_connection][deflate]") {
    read();
    std::thread([&] {  // which has no decompressor yet
        const ZlibLimit none(0);
        wire->peer_sends(compressed(Opcode::text, "hello"));
    })
        .join();
    REQUIRE(ending);
    CHECK(ending->code == 1011);
    CHECK(ending->cause == CloseReason::Cause::server);
    wire->flush();
    CHECK(wire->written.substr(2, 2) == "\x03\xf3");
    CHECK(messages.empty());
}

namespace {

/// Ends with what comes first. Without a Close, so that a pong tells how far the rest of the input has been taken.
struct EndsAtOnce : Compressed {
    void handle() override { wire->finish(5000); }
};

}  // namespace

TEST_CASE_METHOD(EndsAtOnce, "what comes behind the message that ends a connection is not decompressed",
                 "[websocket_connection][deflate]") {
    // Nothing that could be decompressed: that would be an error.
    const std::string garbage(300, '\xff');
    std::string not_compressed;
    chanx::detail::append_client_frame(not_compressed,
                                       {.opcode = Opcode::binary, .payload = garbage, .reserved_bits = 4});
    read();
    SECTION("whole messages") { wire->peer_sends(text("first") + not_compressed + client(Opcode::ping, "?")); }
    SECTION("parts") {
        wire->receive_in_parts(10'000, 200);
        wire->peer_sends(client(Opcode::binary, "first") + not_compressed + client(Opcode::ping, "?"));
    }
    SECTION("the rest of a message in parts") {
        wire->receive_in_parts(10'000, 200);
        std::string rest;
        chanx::detail::append_client_frame(rest, {.opcode = Opcode::continuation, .payload = garbage});
        std::string begun;
        const std::string payload = deflated(std::string(500, 'x'));
        chanx::detail::append_client_frame(
            begun, {.opcode = Opcode::binary, .payload = payload, .fin = false, .reserved_bits = 4});
        wire->peer_sends(begun + rest + client(Opcode::ping, "?"));
    }
    CHECK(messages.size() == 1);
    wire->flush();
    CHECK(wire->written == "\x8a\x01?");
}

TEST_CASE_METHOD(Compressed,
                 "parts of a compressed message come on after a pause without another byte from the peer",
                 "[websocket_connection][deflate][streaming]") {
    wire->receive_in_parts(10'000, 200);
    read();
    takes_more = false;
    const std::string large(500, 'x');
    wire->peer_sends(compressed(Opcode::binary, large));
    CHECK(messages == Strings{"part " + large.substr(0, 200)});
    CHECK_FALSE(wire->reads);
    read();
    CHECK(messages.size() == 2);
    CHECK_FALSE(wire->reads);
    takes_more = true;
    read();
    CHECK(messages.size() == 3);
    CHECK(messages.back() == "last " + large.substr(0, 100));
    CHECK(wire->reads);
    CHECK(wire->input_bytes() == 0);
}
