#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chanx::detail {

/// RFC 6455 section 5.2. The values between these are reserved.
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

[[nodiscard]] constexpr bool is_control(Opcode opcode) noexcept {
    return static_cast<std::uint8_t>(opcode) >= 8;
}

/// The longest header of a server's frame, in bytes; a client's has 4 more, for the key.
inline constexpr std::size_t max_server_header_size = 10;
inline constexpr std::size_t max_client_header_size = 14;

/// The longest payload of a control frame, in bytes (RFC 6455 section 5.5).
inline constexpr std::size_t max_control_payload_size = 125;

/// Writes the header of a server's frame: final, unmasked, the length in its shortest form.
/// @param out10 room for `max_server_header_size` bytes
/// @return the bytes written: 2, 4 or 10
std::size_t write_frame_header(char* out10, Opcode opcode, std::uint64_t payload_size) noexcept;

/// A frame as a client sends it: masked, and at will not final or with reserved bits.
struct ClientFrame {
    Opcode opcode = Opcode::text;
    std::string_view payload = {};
    bool fin = true;
    std::uint8_t reserved_bits = 0;  ///< RSV1 to RSV3 as 4, 2 and 1
    std::array<unsigned char, 4> mask = {0x37, 0xFA, 0x21, 0x3D};
};

/// Appends a client's frame, ready for the wire, to `out`.
void append_client_frame(std::string& out, const ClientFrame& frame);

}  // namespace chanx::detail
