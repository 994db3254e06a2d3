// Any bytes must be taken without harm, and mean the same whether they come at once or in portions.
//
//     clang++-19 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc
//     tests/fuzz/websocket_decoder_fuzz.cpp
//         src/websocket/*.cpp -lcrypto -o websocket_decoder_fuzz
//
// The first byte of an input is the size of the portions; the rest is the stream.

#include "websocket/websocket_decoder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using chanx::detail::DecoderEvent;
using chanx::detail::WebsocketDecoder;

constexpr std::size_t max_message_size = 1000;
constexpr std::size_t max_part_size = 125;

struct Event {
    DecoderEvent::Kind kind;
    std::uint16_t code;
    std::string payload;

    bool operator==(const Event&) const = default;
};

void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

/// Whether binary messages come whole or in parts, which are put together again.
enum class Binary { whole, in_parts };

std::vector<Event> decode(std::string_view stream, std::size_t portion_size, Binary binary) {
    WebsocketDecoder decoder(max_message_size);
    if (binary == Binary::in_parts) decoder.give_parts(max_message_size, max_part_size);
    std::vector<Event> events;
    std::string message;
    while (!stream.empty()) {
        const std::string_view portion = stream.substr(0, std::min(portion_size, stream.size()));
        stream.remove_prefix(portion.size());
        std::vector<char> memory(portion.begin(), portion.end());
        char* at = memory.data();
        char* const end = at + memory.size();
        for (;;) {
            const bool had_ended = decoder.ended();
            const DecoderEvent event = decoder.next(at, end);
            if (event.kind == DecoderEvent::Kind::need_more) break;
            check(!had_ended, "no event follows a close or an error");
            check(event.payload.size() <= max_message_size, "a payload keeps to its bound");
            const bool last = event.kind == DecoderEvent::Kind::last_part;
            if (!last && event.kind != DecoderEvent::Kind::part) {
                events.push_back({event.kind, event.code, std::string(event.payload)});
                continue;
            }
            check(binary == Binary::in_parts, "parts only where they were asked for");
            check(event.payload.size() <= max_part_size, "a part keeps to its bound");
            check(last || !event.payload.empty(), "only the last part may be empty");
            message += event.payload;
            if (last) events.push_back({DecoderEvent::Kind::binary, 0, std::exchange(message, {})});
        }
        check(at == end, "need_more means that every byte was taken");
        check(decoder.buffer_capacity() <= max_message_size + chanx::detail::max_control_payload_size,
              "the buffer keeps to its bound");
        check(decoder.inside_message() || decoder.buffer_capacity() == 0, "an idle decoder owns no buffer");
    }
    return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t portion_size = std::max<std::size_t>(1, data[0]);
    const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto whole = decode(stream, stream.size(), Binary::whole);
    for (const Binary binary : {Binary::whole, Binary::in_parts}) {
        check(decode(stream, stream.size(), binary) == whole, "parts change nothing");
        check(decode(stream, portion_size, binary) == whole, "portions change nothing");
        check(decode(stream, 1, binary) == whole, "single bytes change nothing");
    }
    return 0;
}
