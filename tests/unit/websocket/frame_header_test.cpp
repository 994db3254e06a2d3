#include "websocket/frame_header.hpp"

#include "support/catch.hpp"
#include "unit/websocket/client_frames.hpp"

using namespace chanx::detail;

TEST_CASE("a server's header is final, unmasked and has its length in the shortest form",
          "[websocket][frame]") {
    struct Case {
        Opcode opcode;
        std::uint64_t size;
        std::string header;
    };
    const auto expected = GENERATE(values<Case>({
        {Opcode::text, 0, bytes(0x81, 0)},
        {Opcode::binary, 125, bytes(0x82, 125)},
        {Opcode::text, 126, bytes(0x81, 126, 0, 126)},
        {Opcode::text, 256, bytes(0x81, 126, 1, 0)},
        {Opcode::text, 65535, bytes(0x81, 126, 0xFF, 0xFF)},
        {Opcode::text, 65536, bytes(0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0)},
        {Opcode::binary, 0x0123'4567'89AB'CDEF,
         bytes(0x82, 127, 1, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF)},
        {Opcode::close, 2, bytes(0x88, 2)},
        {Opcode::ping, 0, bytes(0x89, 0)},
        {Opcode::pong, 5, bytes(0x8A, 5)},
    }));
    std::string header(max_server_header_size, '\x55');
    header.resize(write_frame_header(header.data(), expected.opcode, expected.size));
    CHECK(header == expected.header);
}

TEST_CASE("a client's frame is the one of RFC 6455's example", "[websocket][frame]") {
    CHECK(text("Hello") == bytes(0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58));
    CHECK(frame({.opcode = Opcode::binary, .fin = false, .reserved_bits = 5, .mask = {1, 2, 3, 4}}) ==
          bytes(0x52, 0x80, 1, 2, 3, 4));
}
