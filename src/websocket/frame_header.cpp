#include "websocket/frame_header.hpp"

#include "websocket/masking.hpp"

#include <cstring>

namespace chanx::detail {

namespace {

char* put_big_endian(char* out, std::uint64_t value, int bytes) noexcept {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        *out++ = static_cast<char>(value >> shift & 0xFF);
    return out;
}

}  // namespace

std::size_t write_frame_header(char* out10, Opcode opcode, std::uint64_t payload_size) noexcept {
    out10[0] = static_cast<char>(0x80U | static_cast<unsigned>(opcode));
    if (payload_size < 126) {
        out10[1] = static_cast<char>(payload_size);
        return 2;
    }
    if (payload_size <= 0xFFFF) {
        out10[1] = 126;
        put_big_endian(out10 + 2, payload_size, 2);
        return 4;
    }
    out10[1] = 127;
    put_big_endian(out10 + 2, payload_size, 8);
    return 10;
}

void append_client_frame(std::string& out, const ClientFrame& frame) {
    char header[max_client_header_size];
    std::size_t header_size = write_frame_header(header, frame.opcode, frame.payload.size());
    header[0] = static_cast<char>((frame.fin ? 0x80U : 0U) | (frame.reserved_bits & 7U) << 4U |
                                  static_cast<unsigned>(frame.opcode));
    header[1] = static_cast<char>(0x80U | static_cast<unsigned char>(header[1]));
    std::memcpy(header + header_size, frame.mask.data(), 4);
    header_size += 4;
    out.append(header, header_size);
    const std::size_t start = out.size();
    out.append(frame.payload);
    MaskKey key;
    std::memcpy(&key, frame.mask.data(), 4);
    apply_mask(out.data() + start, frame.payload.size(), key);
}

}  // namespace chanx::detail
