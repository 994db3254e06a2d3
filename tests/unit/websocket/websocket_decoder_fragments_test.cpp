#include "websocket/websocket_decoder.hpp"

#include "support/catch.hpp"
#include "unit/websocket/client_frames.hpp"

using namespace chanx::detail;

namespace {

/// A message in so many frames.
std::string message_in(std::size_t frames, std::string_view each = "x") {
    if (frames == 1) return text(each);
    std::string bytes = part(Opcode::text, each);
    for (std::size_t i = 2; i < frames; ++i) bytes += part(Opcode::continuation, each);
    return bytes + last(each);
}

Events decode_limited(const std::string& bytes, std::size_t max_fragments, std::size_t step) {
    WebsocketDecoder decoder(default_limit);
    decoder.set_max_fragments(max_fragments);
    Events events;
    for (std::size_t at = 0; at < bytes.size(); at += step) feed(decoder, std::string_view(bytes).substr(at, step), events);
    return events;
}

}  // namespace

TEST_CASE("a message in more frames than are allowed is error 1009, however it is cut", "[decoder]") {
    for (const std::size_t step : {1U, 2U, 7U, 1000U}) {
        CHECK(decode_limited(message_in(3), 3, step) == Events{"text:xxx"});
        CHECK(decode_limited(message_in(4), 3, step) == Events{"error:1009"});
        CHECK(decode_limited(message_in(2), 1, step) == Events{"error:1009"});
        CHECK(decode_limited(message_in(1), 1, step) == Events{"text:x"});
        CHECK(decode_limited(message_in(4, ""), 3, step) == Events{"error:1009"});
        CHECK(decode_limited(message_in(3, ""), 3, step) == Events{"text:"});
    }
}

TEST_CASE("each message has all its frames, and control frames are not among them", "[decoder]") {
    CHECK(decode_limited(message_in(3) + message_in(3) + message_in(1) + message_in(3), 3, 5) ==
          Events{"text:xxx", "text:xxx", "text:x", "text:xxx"});
    const std::string with_pings = part(Opcode::text, "a") + ping("") + ping("") + ping("") + last("b");
    CHECK(decode_limited(with_pings, 2, 3) == Events{"ping:", "ping:", "ping:", "text:ab"});
}

TEST_CASE("a flood of empty fragments ends at the bound and owns no memory", "[decoder]") {
    WebsocketDecoder decoder(default_limit);
    decoder.set_max_fragments(131'072);
    Events events;
    feed(decoder, part(Opcode::text, ""), events);
    std::string flood;
    for (int i = 0; i < 10'000; ++i) flood += part(Opcode::continuation, "");
    for (int i = 0; i < 13; ++i) feed(decoder, flood, events);
    CHECK(events.empty());
    CHECK(decoder.buffer_capacity() == 0);
    feed(decoder, flood, events);
    CHECK(events == Events{"error:1009"});
}

TEST_CASE("binary messages given in parts may have any number of frames", "[decoder]") {
    WebsocketDecoder decoder(default_limit);
    decoder.set_max_fragments(2);
    decoder.give_parts(default_limit, 1000);
    Events events;
    feed(decoder, part(Opcode::binary, "a") + part(Opcode::continuation, "b") + part(Opcode::continuation, "c") + last("d"),
         events);
    CHECK(events == Events{"part:a", "part:b", "part:c", "last:d"});
    feed(decoder, message_in(3), events);
    CHECK(events.back() == "error:1009");
}

TEST_CASE("a frame that declares a gibibyte is refused before any of it is kept", "[decoder]") {
    WebsocketDecoder decoder(default_limit);
    Events events;
    std::string header = bytes(0x82, 0xFF, 0, 0, 0, 0, 0x40, 0, 0, 0);
    for (const char byte : header) {
        CHECK(events.empty());
        feed(decoder, std::string_view(&byte, 1), events);
        CHECK(decoder.buffer_capacity() == 0);
    }
    CHECK(events == Events{"error:1009"});
}
