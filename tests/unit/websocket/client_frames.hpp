#pragma once

// Short names for the client's frames that the codec's tests are made of.

#include "websocket/frame_header.hpp"
#include "websocket/websocket_decoder.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chanx::detail {

inline std::string frame(const ClientFrame& description) {
    std::string bytes;
    append_client_frame(bytes, description);
    return bytes;
}

/// A frame that is not the last of its message.
inline std::string part(Opcode opcode, std::string_view payload) {
    return frame({.opcode = opcode, .payload = payload, .fin = false});
}

inline std::string text(std::string_view payload) {
    return frame({.payload = payload});
}
inline std::string binary(std::string_view payload) {
    return frame({.opcode = Opcode::binary, .payload = payload});
}
inline std::string ping(std::string_view payload) {
    return frame({.opcode = Opcode::ping, .payload = payload});
}
inline std::string last(std::string_view payload) {
    return frame({.opcode = Opcode::continuation, .payload = payload});
}
inline std::string close_frame(std::string_view payload) {
    return frame({.opcode = Opcode::close, .payload = payload});
}

inline std::string close_frame(unsigned code, std::string_view reason = {}) {
    std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    payload += reason;
    return close_frame(payload);
}

/// Bytes written as numbers, zeros included.
template <class... Bytes>
std::string bytes(Bytes... values) {
    return {static_cast<char>(values)...};
}

/// An event in words, so that a failed comparison can be read: "text:hello", "close:1000:bye", "error:1002".
inline std::string describe(const DecoderEvent& event) {
    using enum DecoderEvent::Kind;
    switch (event.kind) {
        case need_more:
            return "need_more";
        case enough:
            return "enough";
        case text:
            return "text:" + std::string(event.payload);
        case binary:
            return "binary:" + std::string(event.payload);
        case part:
            return "part:" + std::string(event.payload);
        case last_part:
            return "last:" + std::string(event.payload);
        case ping:
            return "ping:" + std::string(event.payload);
        case pong:
            return "pong:" + std::string(event.payload);
        case close:
            return "close:" + std::to_string(event.code) + ":" + std::string(event.payload);
        case error:
            return "error:" + std::to_string(event.code);
    }
    return "?";
}

using Events = std::vector<std::string>;

/// Feeds one portion, copied to memory of exactly its size so that a sanitizer sees every step outside it.
inline void feed(WebsocketDecoder& decoder, std::string_view portion, Events& events) {
    std::vector<char> memory(portion.begin(), portion.end());
    char* at = memory.data();
    char* const end = at + memory.size();
    for (;;) {
        const DecoderEvent event = decoder.next(at, end);
        if (event.kind == DecoderEvent::Kind::need_more) return;
        events.push_back(describe(event));
    }
}

inline constexpr std::size_t default_limit = 1 << 20;

inline Events decode(std::string_view stream, std::size_t max_message_size = default_limit) {
    WebsocketDecoder decoder(max_message_size);
    Events events;
    feed(decoder, stream, events);
    return events;
}

inline Events decode_bytewise(std::string_view stream, std::size_t max_message_size = default_limit) {
    WebsocketDecoder decoder(max_message_size);
    Events events;
    for (std::size_t i = 0; i < stream.size(); ++i) feed(decoder, stream.substr(i, 1), events);
    return events;
}

inline Events decode_split(std::string_view stream, std::size_t at,
                           std::size_t max_message_size = default_limit) {
    WebsocketDecoder decoder(max_message_size);
    Events events;
    feed(decoder, stream.substr(0, at), events);
    feed(decoder, stream.substr(at), events);
    return events;
}

}  // namespace chanx::detail
