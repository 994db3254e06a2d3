#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chanx::detail {

/// Checks that a text which comes in pieces is UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing
/// above U+10FFFF). A wrong byte is noticed in the piece that holds it, not at the end of its sequence.
class Utf8Validator {
  public:
    /// Takes the next piece; it may begin and end inside a code point. Returns false at the first byte that
    /// no valid text can have there, and from then on until `finish`.
    [[nodiscard]] bool feed(std::string_view piece) noexcept;

    /// Ends the text: true when all of it was valid and its last code point is whole. Ready for the next
    /// text.
    [[nodiscard]] bool finish() noexcept;

    /// True when what was fed is valid and ends at the end of a code point, so that ASCII may follow
    /// unchecked.
    [[nodiscard]] bool at_boundary() const noexcept { return missing_ == 0; }

  private:
    static constexpr std::uint8_t failed = 0xFF;

    const char* feed_rest(const char* at, const char* end) noexcept;

    std::uint8_t missing_ = 0;  // continuation bytes still to come, or `failed`
    std::uint8_t lowest_ = 0;   // what the next one may be; the first of a sequence is the narrow one
    std::uint8_t highest_ = 0;
};

/// The length in bytes of the longest prefix of `text` that is made of whole, valid code points.
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view text) noexcept;

}  // namespace chanx::detail
