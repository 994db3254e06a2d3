#include <chanx/auth/token.hpp>

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace chanx {

namespace {

constexpr std::string_view bearer = "bearer";

using Hash = std::array<unsigned char, crypto_hash_sha256_BYTES>;

Hash hash_of(std::string_view text) {
    Hash hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return hash;
}

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// token68 of RFC 9110 section 11.2.
bool is_token(std::string_view text) {
    const auto end = text.find_last_not_of('=');
    return end != std::string_view::npos && text.size() <= max_token_size &&
           std::ranges::all_of(text.substr(0, end + 1), [](char c) {
               return is_alphanumeric(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
           });
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(
        text, lower, {}, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
}

detail::FoundToken found(std::string_view text) {
    using detail::FoundToken;
    if (!is_token(text)) return {FoundToken::Kind::malformed};
    return {FoundToken::Kind::present, std::string(text)};
}

}  // namespace

bool same_secret(std::string_view one, std::string_view other) {
    // Of their hashes, so that not even the length shows.
    const Hash first = hash_of(one);
    const Hash second = hash_of(other);
    return sodium_memcmp(first.data(), second.data(), first.size()) == 0;
}

std::string token_key_of(std::string_view token) {
    const Hash hash = hash_of(token);
    std::string text(hash.size() * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
    text.pop_back();
    return text;
}

namespace detail {

FoundToken token_in_header(const Scope& scope) {
    // Of several fields, which would contradict each other, none counts: joined they are no token.
    const auto header = scope.header_all("Authorization");
    if (!header) return {};
    const std::string_view value = *header;
    const auto scheme_end = std::min(value.find(' '), value.size());
    if (!equals_ignoring_case(value.substr(0, scheme_end), bearer)) return {};
    const auto begin = value.find_first_not_of(' ', scheme_end);
    return found(begin == std::string_view::npos ? std::string_view() : value.substr(begin));
}

FoundToken token_in_query(const Scope& scope, std::string_view name) {
    const auto values = scope.query_all(name);
    if (values.empty()) return {};
    return values.size() == 1 ? found(values.front()) : FoundToken{FoundToken::Kind::malformed};
}

FoundToken token_in_subprotocol(const Scope& scope) {
    const auto offered = scope.subprotocols();
    const auto marker = std::ranges::find(offered, bearer);
    if (marker == offered.end()) return {};
    const auto token = marker + 1;
    return token == offered.end() ? FoundToken{FoundToken::Kind::malformed} : found(*token);
}

std::string answered_subprotocol(const Scope& scope, std::string chosen) {
    const auto offered = scope.subprotocols();
    const auto marker = std::ranges::find(offered, bearer);
    if (marker == offered.end()) return chosen;
    if (chosen.empty()) return std::string(bearer);
    if (marker + 1 != offered.end() && chosen == *(marker + 1)) {
        throw std::logic_error(
            "connect() chose the client's token as the subprotocol; choose among the others");
    }
    return chosen;
}

}  // namespace detail
}  // namespace chanx
