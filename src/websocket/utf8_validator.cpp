#include "websocket/utf8_validator.hpp"

#include <cstring>

namespace chanx::detail {

namespace {

constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;

// What a byte that begins a code point asks of those after it (RFC 3629 section 4).
struct Lead {
    std::uint8_t following;
    std::uint8_t lowest;
    std::uint8_t highest;
};

constexpr Lead not_a_lead{0xFF, 1, 0};  // nothing may follow it

constexpr Lead lead_of(std::uint8_t byte) noexcept {
    if (byte < 0xC2) return not_a_lead;
    if (byte < 0xE0) return {1, 0x80, 0xBF};
    if (byte < 0xF0) {
        if (byte == 0xE0) return {2, 0xA0, 0xBF};  // less would be overlong
        if (byte == 0xED) return {2, 0x80, 0x9F};  // more would be a surrogate
        return {2, 0x80, 0xBF};
    }
    if (byte == 0xF0) return {3, 0x90, 0xBF};  // less would be overlong
    if (byte < 0xF4) return {3, 0x80, 0xBF};
    if (byte == 0xF4) return {3, 0x80, 0x8F};  // more would be above U+10FFFF
    return not_a_lead;
}

constexpr bool is_continuation(char byte) noexcept {
    return (static_cast<std::uint8_t>(byte) & 0xC0U) == 0x80U;
}

// Whether the bytes at `next`, which are all there, are what the lead asks for.
bool follows(const char* next, Lead lead) noexcept {
    const auto second = static_cast<std::uint8_t>(*next);
    if (second < lead.lowest || second > lead.highest) return false;
    for (int i = 1; i < lead.following; ++i) {
        if (!is_continuation(next[i])) return false;
    }
    return true;
}

}  // namespace

bool Utf8Validator::feed(std::string_view piece) noexcept {
    if (missing_ == failed) return false;
    const char* at = piece.data();
    const char* const end = at + piece.size();
    if (missing_ != 0 && (at = feed_rest(at, end)) == nullptr) return false;
    while (at != end) {
        const auto byte = static_cast<std::uint8_t>(*at);
        if (byte < 0x80) {
            ++at;
            std::uint64_t word;
            while (end - at >= 8 && (std::memcpy(&word, at, 8), (word & high_bits) == 0)) at += 8;
            continue;
        }
        // Two bytes make most letters outside English.
        if (byte >= 0xC2 && byte < 0xE0 && end - at > 1 && is_continuation(at[1])) {
            at += 2;
            continue;
        }
        const Lead lead = lead_of(byte);
        if (lead.following < end - at) {
            if (!follows(at + 1, lead)) {
                missing_ = failed;
                return false;
            }
            at += 1 + lead.following;
            continue;
        }
        ++at;
        missing_ = lead.following;
        lowest_ = lead.lowest;
        highest_ = lead.highest;
        if (missing_ == failed || (at = feed_rest(at, end)) == nullptr) return false;
    }
    return true;
}

// Takes what the code point that has begun still misses, as far as it is there. Returns null for a wrong
// byte.
const char* Utf8Validator::feed_rest(const char* at, const char* end) noexcept {
    for (; missing_ != 0 && at != end; ++at) {
        const auto byte = static_cast<std::uint8_t>(*at);
        if (byte < lowest_ || byte > highest_) {
            missing_ = failed;
            return nullptr;
        }
        lowest_ = 0x80;
        highest_ = 0xBF;
        --missing_;
    }
    return at;
}

bool Utf8Validator::finish() noexcept {
    const bool whole = missing_ == 0;
    missing_ = 0;
    return whole;
}

std::size_t valid_utf8_prefix(std::string_view text) noexcept {
    Utf8Validator validator;
    std::size_t whole = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!validator.feed(text.substr(i, 1))) break;
        if (validator.at_boundary()) whole = i + 1;
    }
    return whole;
}

}  // namespace chanx::detail
