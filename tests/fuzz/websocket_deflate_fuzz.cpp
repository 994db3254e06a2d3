// With compression agreed on, any bytes must be taken without harm, within the bounds, and mean the same
// whether they come at once or in portions. What is decompressed and compressed again must be itself.
//
// The first byte of an input is the size of the portions; the rest is the stream.

#include "websocket/deflate.hpp"
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
using chanx::detail::Deflater;
using chanx::detail::Inflater;
using chanx::detail::WebsocketDecoder;

constexpr std::size_t max_message_size = 2000;
constexpr std::size_t max_part_size = 125;
/// What came of a message that is not yet whole, and a control frame.
constexpr std::size_t max_whole_buffer = max_message_size + max_message_size / 8 + 128 + 125;
/// A part, and what zlib needs.
constexpr std::size_t max_parts_buffer = max_part_size + 40 * 1024;

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
    decoder.accept_compressed();
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
            check(message.size() <= max_message_size, "parts keep to the bound of their message");
            if (last) events.push_back({DecoderEvent::Kind::binary, 0, std::exchange(message, {})});
        }
        check(at == end, "need_more means that every byte was taken");
        check(!decoder.has_more_parts(), "need_more means that there are no more parts");
        check(decoder.buffer_capacity() <= std::max(max_whole_buffer, max_parts_buffer),
              "memory keeps to its bound");
        check(decoder.inside_message() || decoder.buffer_capacity() == 0, "an idle decoder owns no buffer");
    }
    return events;
}

/// What was decompressed, compressed again.
void try_back(std::string_view message) {
    std::string payload(message.size() + 4, '\0');
    payload.resize(
        Deflater::of_thread().deflate(message, 1 + static_cast<int>(message.size() % 9), payload.data()));
    if (payload.empty()) return;
    check(payload.size() < message.size(), "what is compressed is smaller");
    Inflater& inflater = Inflater::of_thread();
    check(inflater.begin(), "there is memory");
    std::string again(message.size() + 1, '\0');
    char* at = again.data();
    std::string_view in = payload;
    const auto outcome = inflater.inflate(in, Inflater::Input::ends_message, at, again.data() + again.size());
    check(outcome == Inflater::Outcome::whole, "what was compressed can be decompressed");
    check(std::string_view(again.data(), static_cast<std::size_t>(at - again.data())) == message,
          "to itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t portion_size = std::max<std::size_t>(1, data[0]);
    const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto whole = decode(stream, stream.size(), Binary::whole);
    check(decode(stream, portion_size, Binary::whole) == whole, "portions change nothing");
    check(decode(stream, 1, Binary::whole) == whole, "single bytes change nothing");
    const auto parts = decode(stream, stream.size(), Binary::in_parts);
    // What is wrong in the middle of a message is noticed there, rather than at its end or never.
    const bool sooner = !parts.empty() && parts.back().kind == DecoderEvent::Kind::error &&
                        (parts.back().code == 1007 || parts.back().code == 1009);
    const std::size_t common = parts.size() - (sooner ? 1 : 0);
    check(sooner ? common <= whole.size() : common == whole.size(), "parts are as many messages");
    check(std::equal(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(common), whole.begin()),
          "parts change nothing");
    check(decode(stream, portion_size, Binary::in_parts) == parts, "portions of parts change nothing");
    check(decode(stream, 1, Binary::in_parts) == parts, "single bytes of parts change nothing");
    for (const auto& event : whole) try_back(event.payload);
    return 0;
}
