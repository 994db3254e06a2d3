#include "load/wire.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace load {

void append_frame(std::string& out, std::string_view payload) {
    constexpr std::array<char, 4> key{'\x37', '\xfa', '\x21', '\x3d'};
    const std::size_t size = payload.size();
    out += '\x81';
    if (size < 126) {
        out += static_cast<char>(0x80U | size);
    } else {
        const int bytes = size <= 0xffff ? 2 : 8;
        out += static_cast<char>(0x80U | (bytes == 2 ? 126U : 127U));
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
            out += static_cast<char>(size >> shift & 0xff);
    }
    out.append(key.data(), key.size());
    const std::size_t begin = out.size();
    out += payload;
    for (std::size_t i = 0; i < size; ++i) out[begin + i] = static_cast<char>(out[begin + i] ^ key[i % 4]);
}

std::optional<ServerFrame> parse_frame(std::string_view bytes, std::size_t& needed) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    needed = 2;
    if (bytes.size() < needed) return std::nullopt;
    std::size_t length = byte(1) & 0x7fU;
    std::size_t header = 2;
    if (length >= 126) {
        needed = length == 126 ? 4 : 10;
        if (bytes.size() < needed) return std::nullopt;
        length = 0;
        for (; header < needed; ++header) length = length << 8 | byte(header);
    }
    needed = header + length;
    if (bytes.size() < needed) return std::nullopt;
    return ServerFrame{byte(0) & 0x0fU, (byte(0) & 0x80U) != 0, bytes.substr(header, length), needed};
}

std::string Dialect::upgrade_request(std::uint16_t port, std::size_t group, std::string_view query) const {
    std::string target = path_;
    if (protocol_ == Protocol::socketio) {
        target = "/socket.io/?EIO=4&transport=websocket";
    } else if (group != 0) {
        target += "g" + std::to_string(group) + "/";
    }
    target += query;
    return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

std::string Dialect::echo_request(std::size_t size) const {
    if (protocol_ == Protocol::socketio) {
        return is_ping() ? R"(42/ping,["ping"])" : R"(42/echo,["echo",")" + std::string(size, 'x') + "\"]";
    }
    return is_ping() ? R"({"action":"ping"})" : std::string(size, 'x');
}

bool Dialect::is_echo_answer(std::string_view payload, std::size_t size) const {
    if (is_ping()) return payload.find("pong") != payload.npos;
    return protocol_ == Protocol::websocket ? payload.size() == size : payload.starts_with("42");
}

std::string Dialect::chat(std::uint32_t sender, std::uint32_t number, std::size_t size) const {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04x-%08x-", sender & 0xffff, number);
    std::string payload(text.data());
    if (payload.size() < size) payload.append(size - payload.size(), 'x');
    return protocol_ == Protocol::socketio ? R"(42/room,["chat",{"payload":")" + payload + "\"}]"
                                           : R"({"action":"chat","payload":")" + payload + "\"}";
}

std::optional<Dialect::Chat> Dialect::read_chat(std::string_view payload) const {
    constexpr std::string_view key = R"("payload":")";
    if (payload.size() < text_at_ || !payload.substr(0, text_at_).ends_with(key)) {
        const std::size_t at = payload.find(key);
        if (at == payload.npos) return std::nullopt;
        text_at_ = at + key.size();
    }
    const std::string_view text = payload.substr(text_at_);
    if (text.size() < 14 || text[4] != '-' || text[13] != '-') return std::nullopt;
    Chat chat{};
    const auto sender = std::from_chars(text.data(), text.data() + 4, chat.sender, 16);
    const auto number = std::from_chars(text.data() + 5, text.data() + 13, chat.number, 16);
    if (sender.ptr != text.data() + 4 || number.ptr != text.data() + 13) return std::nullopt;
    return chat;
}

}  // namespace load
