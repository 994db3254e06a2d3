#include "websocket/close_frame.hpp"

#include "websocket/utf8_validator.hpp"

#include <cstring>
#include <stdexcept>
#include <string>

namespace chanx::detail {

void require_sendable_close_code(std::uint16_t code) {
    if (is_sendable_close_code(code)) return;
    throw std::invalid_argument("chanx: a server must not close with code " + std::to_string(code) +
                                "; use 1000 to 1003, 1007 to 1009, 1011 to 1014 or 3000 to 4999");
}

ClosePayload::ClosePayload(std::uint16_t code, std::string_view reason) {
    if (code == close_code::none) return;
    require_sendable_close_code(code);
    bytes_[0] = static_cast<char>(code >> 8U);
    bytes_[1] = static_cast<char>(code & 0xFFU);
    const std::size_t length = valid_utf8_prefix(reason.substr(0, max_close_reason_size));
    if (length != 0) std::memcpy(bytes_.data() + 2, reason.data(), length);
    size_ = static_cast<std::uint8_t>(2 + length);
}

}  // namespace chanx::detail
