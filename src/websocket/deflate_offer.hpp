#pragma once

#include <optional>
#include <string_view>

namespace chanx::detail {

/// What a server that compresses each message by itself answers to the extensions that a client offers (RFC
/// 7692 section 7.1, in the grammar of RFC 6455 section 9.1): the first offer of permessage-deflate that can
/// be taken. One can where neither side needs to keep a state between messages and the window may be of 32
/// KiB: a wish for a smaller window of ours declines it, as does a parameter that is unknown, stands twice or
/// has a wrong value.
///
/// @param field  the values of Sec-WebSocket-Extensions, joined with commas
/// @return the value of the response's Sec-WebSocket-Extensions, a static text; empty where nothing is agreed
/// on; nothing where the field is malformed, and the handshake has failed
[[nodiscard]] std::optional<std::string_view> answer_deflate_offers(std::string_view field);

}  // namespace chanx::detail
