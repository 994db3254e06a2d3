#include "support/catch.hpp"
#include "unit/websocket/client_frames.hpp"
#include "unit/websocket/zlib_limit.hpp"
#include "websocket/websocket_decoder.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

// Messages that are compressed (RFC 7692).

using namespace chanx::detail;
using namespace std::string_view_literals;

namespace {

/// As the payload of a compressed message's frames.
std::string deflated(std::string_view message) {
    if (message.empty()) return std::string(1, '\0');
    std::string payload(message.size() + 4, '\0');
    payload.resize(Deflater::of_thread().deflate(message, 6, payload.data()));
    if (!payload.empty()) return payload;
    REQUIRE(message.size() <= 0xFFFF);
    const auto low = static_cast<unsigned char>(message.size() & 0xFF);
    const auto high = static_cast<unsigned char>(message.size() >> 8);
    return bytes(0, low, high, low ^ 0xFF, high ^ 0xFF) + std::string(message) + bytes(0);
}

std::string first_part(Opcode opcode, std::string_view payload) {
    return frame({.opcode = opcode, .payload = payload, .fin = false, .reserved_bits = 4});
}
std::string raw(Opcode opcode, std::string_view payload) {
    return frame({.opcode = opcode, .payload = payload, .reserved_bits = 4});
}
std::string compressed_text(std::string_view message) {
    return raw(Opcode::text, deflated(message));
}
std::string compressed_binary(std::string_view message) {
    return raw(Opcode::binary, deflated(message));
}

/// What a stream gives that comes in portions, with parts joined.
Events decoded(std::string_view stream, std::size_t portion, std::size_t max_message_size,
               std::size_t max_part_size = 0) {
    WebsocketDecoder decoder(max_message_size);
    decoder.accept_compressed();
    if (max_part_size != 0) decoder.give_parts(max_message_size, max_part_size);
    Events events;
    std::string message;
    for (; !stream.empty(); stream.remove_prefix(std::min(portion, stream.size()))) {
        Events some;
        feed(decoder, stream.substr(0, portion), some);
        for (auto& event : some) {
            if (event.starts_with("part:")) {
                CHECK(event.size() > 5);
                CHECK(event.size() <= 5 + max_part_size);
                message += event.substr(5);
            } else if (event.starts_with("last:")) {
                events.push_back("binary:" + std::exchange(message, {}) + event.substr(5));
            } else {
                events.push_back(std::move(event));
            }
        }
        CHECK((decoder.inside_message() || decoder.buffer_capacity() == 0));
    }
    return events;
}

void check_all_ways(std::string_view stream, const Events& expected, std::size_t max_message_size = 1000) {
    for (const std::size_t part : {0U, 125U, 300U}) {
        for (const std::size_t portion : {1U, 2U, 3U, 7U, 64U, 100'000U}) {
            CAPTURE(part, portion);
            CHECK(decoded(stream, portion, max_message_size, part) == expected);
        }
    }
}

Events error(int code) {
    return {"error:" + std::to_string(code)};
}

}  // namespace

TEST_CASE("compressed messages are the messages that they were", "[websocket][decoder][deflate]") {
    const std::string lines = "a line of text, and again: a line of text";
    check_all_ways(compressed_text("Hello"), {"text:Hello"});
    check_all_ways(compressed_text("") + compressed_binary(""), {"text:", "binary:"});
    check_all_ways(compressed_text(lines) + compressed_binary(lines) + compressed_text(lines),
                   {"text:" + lines, "binary:" + lines, "text:" + lines});
    check_all_ways(compressed_text("K\xc3\xb6ln \xe2\x82\xac"), {"text:K\xc3\xb6ln \xe2\x82\xac"});
    check_all_ways(compressed_text(std::string(1000, 'x')) + compressed_binary(std::string(1000, 'y')),
                   {"text:" + std::string(1000, 'x'), "binary:" + std::string(1000, 'y')});
    check_all_ways(raw(Opcode::text, "") + raw(Opcode::binary, ""), {"text:", "binary:"});
}

TEST_CASE("where compression is agreed on messages may still be uncompressed",
          "[websocket][decoder][deflate]") {
    check_all_ways(text("plain") + compressed_text("not plain") + binary("plain") + compressed_binary("not") +
                       part(Opcode::text, "pl") + last("ain"),
                   {"text:plain", "text:not plain", "binary:plain", "binary:not", "text:plain"});
}

TEST_CASE("a compressed message may be cut into frames anywhere, with control frames between",
          "[websocket][decoder][deflate]") {
    const std::string message = "A message, a message, a message that is cut";
    const std::string payload = deflated(message);
    for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
        const std::string expected = (opcode == Opcode::text ? "text:" : "binary:") + message;
        for (std::size_t at = 0; at <= payload.size(); ++at) {
            CAPTURE(at);
            const std::string_view rest = std::string_view(payload).substr(at);
            const std::string stream = first_part(opcode, payload.substr(0, at)) + ping("1") +
                                       part(Opcode::continuation, "") + ping("") +
                                       part(Opcode::continuation, rest.substr(0, 3)) + ping("2") +
                                       last(rest.substr(std::min<std::size_t>(3, rest.size())));
            check_all_ways(stream + text("next"), {"ping:1", "ping:", "ping:2", expected, "text:next"});
        }
    }
}

TEST_CASE("a whole compressed message needs no end of its own", "[websocket][decoder][deflate]") {
    check_all_ways(raw(Opcode::text, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv), {"text:Hello"});
    check_all_ways(raw(Opcode::binary, "\xf3\x48\xcd\xc9\xc9\x07\x00"sv), {"binary:Hello"});
    check_all_ways(raw(Opcode::text, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"sv),
                   {"text:Hello"});
}

TEST_CASE("the bit of compression stands in the first frame of a message and nowhere else",
          "[websocket][decoder][deflate]") {
    const std::string payload = deflated("Hello");
    check_all_ways(
        part(Opcode::text, "a") + frame({.opcode = Opcode::continuation, .payload = "b", .reserved_bits = 4}),
        error(1002));
    for (const Opcode opcode : {Opcode::ping, Opcode::pong, Opcode::close})
        check_all_ways(raw(opcode, ""), error(1002));
    for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
        for (const unsigned bits : {1U, 2U, 3U, 5U, 6U, 7U}) {
            check_all_ways(
                frame(
                    {.opcode = opcode, .payload = payload, .reserved_bits = static_cast<std::uint8_t>(bits)}),
                error(1002));
        }
    }
    check_all_ways(frame({.opcode = static_cast<Opcode>(3), .payload = payload, .reserved_bits = 4}),
                   error(1002));
    // Both in one message.
    WebsocketDecoder decoder(1000);
    decoder.accept_compressed();
    Events events;
    feed(decoder, first_part(Opcode::text, payload.substr(0, 2)), events);
    feed(decoder, frame({.opcode = Opcode::continuation, .payload = "", .reserved_bits = 4}), events);
    CHECK(events == error(1002));
    // And nowhere at all where it is not agreed on.
    CHECK(decode(compressed_text("Hello")) == error(1002));
}

TEST_CASE("what is not compressed as agreed on is invalid payload", "[websocket][decoder][deflate]") {
    check_all_ways(raw(Opcode::text, "Hello"), error(1007));
    check_all_ways(raw(Opcode::binary, std::string(300, '\xff')), error(1007));
    const std::string payload = deflated("A message, a message, a message");
    check_all_ways(raw(Opcode::text, payload.substr(0, payload.size() / 2)), error(1007));
    check_all_ways(text("good") + raw(Opcode::binary, payload.substr(0, payload.size() / 2)) + text("late"),
                   {"text:good", "error:1007"});
}

TEST_CASE("compressed text is UTF-8 as any other", "[websocket][decoder][deflate]") {
    check_all_ways(compressed_text("\xff"), error(1007));
    check_all_ways(compressed_text("abc\xe2\x82"), error(1007));
    check_all_ways(compressed_text("\xed\xa0\x80"), error(1007));
    check_all_ways(compressed_binary("\xff"), {"binary:\xff"});
    // What is compressed is not text itself.
    const std::string message(200, 'x');
    check_all_ways(compressed_text(message) + text("\xc3\xa9"), {"text:" + message, "text:\xc3\xa9"});
}

TEST_CASE("a message is as long as what comes out of it", "[websocket][decoder][deflate]") {
    const std::string most(1000, 'x');
    check_all_ways(compressed_binary(most) + compressed_text(most), {"binary:" + most, "text:" + most});
    check_all_ways(compressed_binary(most + 'x'), error(1009));
    check_all_ways(compressed_text(most + 'x'), error(1009));
    SECTION("noise that has grown by being compressed is no longer for that") {
        std::mt19937 random(3);
        std::string noise(1000, '\0');
        std::ranges::generate(noise, [&] { return static_cast<char>(random()); });
        REQUIRE(deflated(noise).size() > 1000);
        check_all_ways(compressed_binary(noise), {"binary:" + noise});
    }
    SECTION("and what comes in has a bound besides, known from the lengths of its frames") {
        std::string empty_blocks;
        while (empty_blocks.size() < 1253) empty_blocks += "\x00\x00\x00\xff\xff"sv;
        for (std::size_t size = 1253 - 1253 % 5; size > 1240; size -= 5) {
            const std::string stream = raw(Opcode::binary, empty_blocks.substr(0, size) + '\0');
            const bool fits = size + 1 <= 1000 + 1000 / 8 + 128;
            check_all_ways(stream, fits ? Events{"binary:"} : error(1009));
            check_all_ways(first_part(Opcode::text, empty_blocks.substr(0, 1000)) +
                               last(empty_blocks.substr(1000, size - 1000) + '\0'),
                           fits ? Events{"text:"} : error(1009));
        }
    }
}

TEST_CASE("a message that would become huge ends at the bound, and takes no more memory than that",
          "[websocket][decoder][deflate]") {
    const std::string bomb = deflated(std::string(std::size_t{64} << 20, 'x'));
    REQUIRE(bomb.size() < 200'000);
    for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
        WebsocketDecoder decoder(200'000);
        decoder.accept_compressed();
        std::string stream = raw(opcode, bomb);
        char* at = stream.data();
        const DecoderEvent event = decoder.next(at, stream.data() + stream.size());
        CHECK(describe(event) == "error:1009");
        CHECK(decoder.buffer_capacity() == 0);
    }
    SECTION("in parts it ends with the part beyond the bound") {
        WebsocketDecoder decoder(1000);
        decoder.accept_compressed();
        decoder.give_parts(200'000, 10'000);
        std::string stream = raw(Opcode::binary, bomb);
        char* at = stream.data();
        std::size_t given = 0;
        for (;;) {
            const DecoderEvent event = decoder.next(at, stream.data() + stream.size());
            CHECK(decoder.buffer_capacity() <= 60'000);
            if (event.kind != DecoderEvent::Kind::part) {
                CHECK(describe(event) == "error:1009");
                break;
            }
            given += event.payload.size();
        }
        CHECK(given == 200'000);
        CHECK(decoder.buffer_capacity() == 0);
    }
}

TEST_CASE("between compressed messages a decoder owns no memory", "[websocket][decoder][deflate]") {
    Events events;
    WebsocketDecoder decoder(100'000);
    decoder.accept_compressed();
    decoder.give_parts(100'000, 1000);
    const std::string message(50'000, 'x');
    feed(decoder, compressed_binary(message) + compressed_text(message), events);
    const std::size_t before = ZlibMemory::in_use();
    events.clear();
    const std::string stream = compressed_binary(message);
    feed(decoder, stream.substr(0, stream.size() - 1), events);
    CHECK(ZlibMemory::in_use() > before);
    CHECK(decoder.buffer_capacity() > 1000);
    feed(decoder, stream.substr(stream.size() - 1), events);
    CHECK(events.back().starts_with("last:"));
    CHECK(ZlibMemory::in_use() == before);
    CHECK(decoder.buffer_capacity() == 0);
}

TEST_CASE("parts that need no more input are told apart", "[websocket][decoder][deflate]") {
    WebsocketDecoder decoder(1000);
    decoder.accept_compressed();
    decoder.give_parts(10'000, 125);
    std::string stream = compressed_binary(std::string(300, 'x'));
    char* at = stream.data();
    char* const end = at + stream.size();
    CHECK_FALSE(decoder.has_more_parts());
    CHECK(describe(decoder.next(at, end)) == "part:" + std::string(125, 'x'));
    CHECK(decoder.has_more_parts());
    CHECK(describe(decoder.next(at, end)) == "part:" + std::string(125, 'x'));
    CHECK(decoder.has_more_parts());
    CHECK(describe(decoder.next(at, end)) == "last:" + std::string(50, 'x'));
    CHECK_FALSE(decoder.has_more_parts());
    CHECK(at == end);
}

TEST_CASE("without memory to decompress a message it is an internal error, not a crash",
          "[websocket][decoder][deflate]") {
    // A thread of its own, whose decompressor is not made yet.
    const std::string stream = compressed_text("Hello") + text("late");
    const auto on_new_thread = [&](std::size_t limit, bool in_parts, std::string_view input) {
        Events events;
        std::thread([&] {
            const ZlibLimit zlib(limit);
            WebsocketDecoder decoder(1000);
            decoder.accept_compressed();
            if (in_parts) decoder.give_parts(1000, 125);
            feed(decoder, input, events);
        }).join();
        return events;
    };
    for (const std::size_t limit : {0U, 1000U, 8000U}) {
        CHECK(on_new_thread(limit, false, stream) == error(1011));
        CHECK(on_new_thread(limit, true, compressed_binary(std::string(900, 'x'))).back() == "error:1011");
    }
    CHECK(on_new_thread(100'000, false, stream) == Events{"text:Hello", "text:late"});
}

TEST_CASE("when nobody wants messages, what is compressed is not decompressed, whole or in parts", "[websocket][decoder][deflate]") {
    // Which would be an error otherwise.
    const std::string garbage(300, '\xff');
    for (const std::size_t portion : {1U, 7U, 100'000U}) {
        CAPTURE(portion);
        const auto feed_portions = [&](WebsocketDecoder& decoder, std::string_view stream, Events& events) {
            for (; !stream.empty(); stream.remove_prefix(std::min(portion, stream.size())))
                feed(decoder, stream.substr(0, portion), events);
        };
        for (const bool in_parts : {false, true}) {
            CAPTURE(in_parts);
            WebsocketDecoder decoder(1000);
            decoder.accept_compressed();
            if (in_parts) decoder.give_parts(1000, 125);
            decoder.stop_decompressing();
            const std::size_t before = ZlibMemory::in_use();
            Events events;
            feed_portions(decoder,
                          raw(Opcode::binary, garbage) + ping("1") + first_part(Opcode::binary, garbage) + ping("2") +
                              part(Opcode::continuation, garbage) + last("") + close_frame(1000),
                          events);
            CHECK(events == (in_parts ? Events{"ping:1", "ping:2", "close:1000:"}
                                      : Events{"binary:", "ping:1", "ping:2", "binary:", "close:1000:"}));
            CHECK(ZlibMemory::in_use() == before);
        }
    }
    SECTION("also in the middle of one, which lets go of its decompressor") {
        const std::string bytes = compressed_binary(std::string(900, 'x')) + ping("1") + text("2");
        std::string stream = bytes;
        WebsocketDecoder decoder(1000);
        decoder.accept_compressed();
        decoder.give_parts(1000, 125);
        const std::size_t before = ZlibMemory::in_use();
        char* at = stream.data();
        char* const end = at + stream.size();
        CHECK(describe(decoder.next(at, end)) == "part:" + std::string(125, 'x'));
        CHECK(decoder.has_more_parts());
        decoder.stop_decompressing();
        CHECK(describe(decoder.next(at, end)) == "ping:1");
        CHECK_FALSE(decoder.has_more_parts());
        CHECK(ZlibMemory::in_use() == before);
        CHECK(decoder.buffer_capacity() == 0);
        CHECK(describe(decoder.next(at, end)) == "text:2");
    }
}

TEST_CASE("random compressed messages come through random cuts unchanged", "[websocket][decoder][deflate]") {
    std::mt19937 random(7);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    for (int round = 0; round < 300; ++round) {
        std::string stream;
        Events expected;
        for (int i = 0; i < 6; ++i) {
            std::string message;
            const std::size_t size = below(3000);
            while (message.size() < size) message += std::to_string(below(1000));
            const bool is_text = below(2) == 0;
            const bool is_compressed = below(3) != 0;
            const std::string payload = is_compressed ? deflated(message) : message;
            expected.push_back((is_text ? "text:" : "binary:") + message);
            std::string_view rest = payload;
            Opcode opcode = is_text ? Opcode::text : Opcode::binary;
            std::uint8_t bits = is_compressed ? 4 : 0;
            while (below(3) != 0) {
                const std::size_t part_size = below(rest.size() + 1);
                stream += frame({.opcode = std::exchange(opcode, Opcode::continuation),
                                 .payload = rest.substr(0, part_size),
                                 .fin = false,
                                 .reserved_bits = std::exchange(bits, std::uint8_t{0})});
                rest.remove_prefix(part_size);
            }
            stream += frame({.opcode = opcode, .payload = rest, .reserved_bits = bits});
        }
        const std::size_t part_size = below(2) == 0 ? 0 : 125 + below(1000);
        if (decoded(stream, 1 + below(2000), 3100, part_size) != expected)
            FAIL("round " << round << " differs");
    }
}
