#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chanx::detail {

struct HeaderField {
    std::string_view name;
    std::string_view value;
};

/// What of a request decides whether it becomes a WebSocket. A field that is absent is empty; one that occurs
/// more than once is given as its values joined with commas.
struct UpgradeRequest {
    std::string_view method = {};
    unsigned http_version = 11;  ///< ten times the major plus the minor
    std::string_view upgrade = {};
    std::string_view connection = {};
    std::string_view version = {};  ///< Sec-WebSocket-Version
    std::string_view key = {};      ///< Sec-WebSocket-Key
    std::string_view content_length = {};
    std::string_view transfer_encoding = {};
};

/// Whether a request may be upgraded, else how to answer it. All text is static.
struct UpgradeCheck {
    unsigned status = 101;
    std::string_view reason = {};              ///< why not, in words
    std::span<const HeaderField> fields = {};  ///< what the refusing response has to carry

    [[nodiscard]] bool accepted() const noexcept { return status == 101; }
};

/// True when `list`, a comma-separated header value, has the token `token`, in any case (RFC 9110
/// section 5.6.1).
[[nodiscard]] bool has_token(std::string_view list, std::string_view token) noexcept;

/// True when the client asks for a WebSocket at all, well or badly, rather than for an ordinary response.
[[nodiscard]] bool wants_websocket(std::string_view upgrade) noexcept;

/// Checks a client's opening handshake (RFC 6455 section 4.2.1). 405 for a method other than GET, 426 when no
/// WebSocket or one of another version is asked for, 400 for what is malformed. A body is that too: what follows the
/// head would be taken for frames.
[[nodiscard]] UpgradeCheck check_upgrade(const UpgradeRequest& request) noexcept;

/// The value of Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 section 4.2.2).
/// @throws std::runtime_error when OpenSSL refuses to make a SHA-1
[[nodiscard]] std::string accept_key(std::string_view key);

/// The subprotocols that a client offers, in its order of preference. Empty for an empty field; nothing when
/// the field holds something other than tokens, a token twice, or more than 32 of them. The views are into
/// `field`.
[[nodiscard]] std::optional<std::vector<std::string_view>> parse_subprotocols(std::string_view field);

/// The whole response that accepts an upgrade, to its empty line.
/// @param key the request's Sec-WebSocket-Key
/// @param subprotocol one of those offered, or empty for none
/// @param extensions what was agreed on of those offered, or empty for nothing
/// @throws std::invalid_argument when `subprotocol` is not a token
[[nodiscard]] std::string make_upgrade_response(std::string_view key, std::string_view subprotocol = {},
                                                std::string_view extensions = {});

}  // namespace chanx::detail
