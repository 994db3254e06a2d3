#pragma once

// What the targets of the WebSocket decoder have in common: the stream that an input stands for, given to a decoder in
// portions of any size.

#include "fuzz/support/fuzz.hpp"
#include "websocket/websocket_decoder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

using chanx::detail::DecoderEvent;
using chanx::detail::WebsocketDecoder;

constexpr std::size_t max_part_size = 125;

struct Event {
    DecoderEvent::Kind kind;
    std::uint16_t code;
    std::string payload;

    bool operator==(const Event&) const = default;
};

/// Whether binary messages come whole or in parts, which are put together again.
enum class Binary { whole, in_parts };

struct Bounds {
    std::size_t message;
    std::size_t buffer;  // what a decoder may hold between two portions
    bool compression = false;
};

/// What comes of a stream, in portions of at most this size; in turns of two frames, unless it comes at once.
inline std::vector<Event> decode(std::string_view stream, std::size_t portion_size, Binary binary,
                                 const Bounds& bounds) {
    WebsocketDecoder decoder(bounds.message);
    if (bounds.compression) decoder.accept_compressed();
    if (binary == Binary::in_parts) decoder.give_parts(bounds.message, max_part_size);
    constexpr std::uint32_t frames_of_turn = 2;
    const bool in_turns = portion_size < stream.size();
    std::vector<Event> events;
    std::string message;
    while (!stream.empty()) {
        const std::string_view portion = stream.substr(0, std::min(portion_size, stream.size()));
        stream.remove_prefix(portion.size());
        std::vector<char> memory(portion.begin(), portion.end());
        char* at = memory.data();
        char* const end = at + memory.size();
        if (in_turns) decoder.begin_turn(frames_of_turn);
        for (;;) {
            const bool had_ended = decoder.ended();
            const DecoderEvent event = decoder.next(at, end);
            if (event.kind == DecoderEvent::Kind::need_more) break;
            if (event.kind == DecoderEvent::Kind::enough) {
                check(in_turns && decoder.turn_over(), "turns end where they were asked for");
                decoder.begin_turn(frames_of_turn);
                continue;
            }
            check(!had_ended, "no event follows a close or an error");
            check(event.payload.size() <= bounds.message, "a payload keeps to its bound");
            const bool last = event.kind == DecoderEvent::Kind::last_part;
            if (!last && event.kind != DecoderEvent::Kind::part) {
                events.push_back({event.kind, event.code, std::string(event.payload)});
                continue;
            }
            check(binary == Binary::in_parts, "parts only where they were asked for");
            check(event.payload.size() <= max_part_size, "a part keeps to its bound");
            check(last || !event.payload.empty(), "only the last part may be empty");
            message += event.payload;
            check(message.size() <= bounds.message, "parts keep to the bound of their message");
            if (last) events.push_back({DecoderEvent::Kind::binary, 0, std::exchange(message, {})});
        }
        check(at == end, "need_more means that every byte was taken");
        check(!decoder.has_more_parts(), "need_more means that there are no more parts");
        check(decoder.buffer_capacity() <= bounds.buffer, "memory keeps to its bound");
        check(decoder.inside_message() || decoder.buffer_capacity() == 0, "an idle decoder owns no buffer");
    }
    return events;
}

}  // namespace fuzz
