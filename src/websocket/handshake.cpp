#include "websocket/handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

namespace chanx::detail {

namespace {

constexpr std::size_t max_subprotocols = 32;

constexpr HeaderField allow_get[] = {{"Allow", "GET"}};

// Upgrade is a hop-by-hop field, so Connection has to name it (RFC 9110 sections 7.8 and 15.5.22).
constexpr HeaderField upgrade_required[] = {
    {"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};

constexpr bool is_alphanumeric(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return to_lower(x) == to_lower(y); });
}

constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

constexpr std::string_view trim(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes the next element off the front of a comma-separated list.
constexpr std::string_view take_element(std::string_view& list) noexcept {
    const auto comma = list.find(',');
    const auto element = trim(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return element;
}

constexpr bool is_zero_or_absent(std::string_view content_length) noexcept {
    while (!content_length.empty()) {
        if (take_element(content_length).find_first_not_of('0') != std::string_view::npos) return false;
    }
    return true;
}

// 16 bytes in base64. The bits of the last digit that encode nothing may be anything: in RFC 6455's own
// example (section 4.1) they are not zero.
constexpr bool is_key(std::string_view key) noexcept {
    return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, [](char c) {
               return is_alphanumeric(c) || c == '+' || c == '/';
           });
}

}  // namespace

bool has_token(std::string_view list, std::string_view token) noexcept {
    while (!list.empty()) {
        if (equals_ignoring_case(take_element(list), token)) return true;
    }
    return false;
}

bool wants_websocket(std::string_view upgrade) noexcept {
    return has_token(upgrade, "websocket");
}

UpgradeCheck check_upgrade(const UpgradeRequest& request) noexcept {
    if (!wants_websocket(request.upgrade)) {
        return {426, "this is a WebSocket endpoint: Upgrade must name websocket", upgrade_required};
    }
    if (request.method != "GET") return {405, "a WebSocket is opened with GET", allow_get};
    if (request.http_version < 11) return {400, "a WebSocket needs HTTP/1.1", {}};
    if (!has_token(request.connection, "upgrade")) return {400, "Connection must name upgrade", {}};
    if (trim(request.version) != "13") return {426, "Sec-WebSocket-Version must be 13", upgrade_required};
    if (!is_key(trim(request.key))) return {400, "Sec-WebSocket-Key must be 16 bytes in base64", {}};
    if (!is_zero_or_absent(request.content_length) || !request.transfer_encoding.empty()) {
        return {400, "a request for a WebSocket has no body", {}};
    }
    return {};
}

std::string accept_key(std::string_view key) {
    std::string input(trim(key));
    input += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    if (EVP_Digest(input.data(), input.size(), digest, &digest_size, EVP_sha1(), nullptr) != 1) {
        throw std::runtime_error("chanx: OpenSSL can't make the SHA-1 that a WebSocket handshake needs");
    }
    unsigned char encoded[4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1];
    const int encoded_size = EVP_EncodeBlock(encoded, digest, static_cast<int>(digest_size));
    return {reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(encoded_size)};
}

std::optional<std::vector<std::string_view>> parse_subprotocols(std::string_view field) {
    std::vector<std::string_view> found;
    while (!field.empty()) {
        const std::string_view element = take_element(field);
        if (element.empty()) continue;  // RFC 9110 section 5.6.1.2 has receivers bear with empty elements
        const bool known = std::find(found.begin(), found.end(), element) != found.end();
        if (!is_token(element) || known || found.size() == max_subprotocols) return std::nullopt;
        found.push_back(element);
    }
    return found;
}

std::string make_upgrade_response(std::string_view key, std::string_view subprotocol,
                                  std::string_view extensions) {
    if (!subprotocol.empty() && !is_token(subprotocol)) {
        throw std::invalid_argument(
            "chanx: a subprotocol's name must be a token (letters, digits, !#$%&'*+-.^_`|~)");
    }
    std::string response =
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ";
    response += accept_key(key);
    if (!subprotocol.empty()) {
        response += "\r\nSec-WebSocket-Protocol: ";
        response += subprotocol;
    }
    if (!extensions.empty()) {
        response += "\r\nSec-WebSocket-Extensions: ";
        response += extensions;
    }
    response += "\r\n\r\n";
    return response;
}

}  // namespace chanx::detail
