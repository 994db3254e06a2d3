#pragma once

#include <optional>
#include <string_view>

namespace chanx::detail {

/// What tells where a request's body ends. A field that occurs more than once is given as its values joined
/// with commas.
struct RequestFraming {
    unsigned http_version = 11;  ///< ten times the major plus the minor
    std::optional<std::string_view> content_length = {};
    std::optional<std::string_view> transfer_encoding = {};
};

enum class FramingCheck {
    sound,
    /// Another parser could see the end elsewhere: what is a body here would be a request there.
    ambiguous,
    /// The body comes in a coding besides `chunked`.
    unknown_coding
};

/// RFC 9112 sections 6.1 to 6.3, as strictly as they allow: a list of lengths is refused even where all are
/// one.
[[nodiscard]] FramingCheck check_framing(const RequestFraming& request);

/// Whether a header field goes on in another line: for some it is one line, for others a field of its own, so
/// a server has to refuse it (RFC 9112 section 5.2).
/// @param fields  whole lines with their ends
[[nodiscard]] bool has_folded_line(std::string_view fields) noexcept;

}  // namespace chanx::detail
