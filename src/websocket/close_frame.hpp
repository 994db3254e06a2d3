#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chanx::detail {

/// Close codes that the protocol itself gives a meaning (RFC 6455 section 7.4.1 and the IANA registry).
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
inline constexpr std::uint16_t none = 1005;      ///< never sent: the Close had no code
inline constexpr std::uint16_t abnormal = 1006;  ///< never sent: there was no Close
inline constexpr std::uint16_t invalid_payload = 1007;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t mandatory_extension = 1010;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t service_restart = 1012;
inline constexpr std::uint16_t try_again_later = 1013;
inline constexpr std::uint16_t bad_gateway = 1014;
}  // namespace close_code

/// The longest reason that fits a Close frame, in bytes.
inline constexpr std::size_t max_close_reason_size = 123;

/// True for a code that may stand in a peer's Close: 1000 to 1003, 1007 to 1014, 3000 to 4999.
[[nodiscard]] constexpr bool is_valid_close_code(std::uint16_t code) noexcept {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/// True for a code that a server may send: as above, without 1010, which is a client's.
[[nodiscard]] constexpr bool is_sendable_close_code(std::uint16_t code) noexcept {
    return is_valid_close_code(code) && code != close_code::mandatory_extension;
}

/// @throws std::invalid_argument for a code that a server must not send
void require_sendable_close_code(std::uint16_t code);

/// The payload of a Close frame.
class ClosePayload {
  public:
    /// An empty payload: a Close without a code.
    ClosePayload() = default;

    /// @param code a sendable one, or 1005 for an empty payload
    /// @param reason cut before the first code point that is invalid or ends beyond 123 bytes
    /// @throws std::invalid_argument when the code must not be sent
    ClosePayload(std::uint16_t code, std::string_view reason);

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

  private:
    std::array<char, 2 + max_close_reason_size> bytes_;
    std::uint8_t size_ = 0;
};

}  // namespace chanx::detail
