#include "websocket/websocket_decoder.hpp"

#include "support/catch.hpp"
#include "unit/websocket/client_frames.hpp"

using namespace chanx::detail;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

// The events must not depend on how the bytes were cut.
void check_at_every_cut(const std::string& stream, const Events& expected,
                        std::size_t limit = default_limit) {
    CHECK(decode(stream, limit) == expected);
    CHECK(decode_bytewise(stream, limit) == expected);
    for (std::size_t at = 1; at < stream.size(); ++at) {
        CAPTURE(at);
        REQUIRE(decode_split(stream, at, limit) == expected);
    }
}

}  // namespace

TEST_CASE("each rule of framing gives its event at every cut", "[websocket][decoder]") {
    struct Case {
        const char* name;
        std::string stream;
        Events events;
    };
    const auto rule = GENERATE(values<Case>({
        {"text", text("Hello"), {"text:Hello"}},
        {"empty text", text(""), {"text:"}},
        {"text with a NUL", text("a\0b"sv), {"text:a\0b"s}},
        {"text that is not ASCII", text("\xC3\xA9t\xC3\xA9"), {"text:\xC3\xA9t\xC3\xA9"}},
        {"binary is not UTF-8 and need not be", binary("\xFF\xFE\0\x80"sv), {"binary:\xFF\xFE\0\x80"s}},
        {"ping and pong",
         ping("are you there") + frame({.opcode = Opcode::pong, .payload = "yes"}),
         {"ping:are you there", "pong:yes"}},
        {"empty ping", ping(""), {"ping:"}},
        {"ping of 125 bytes", ping(std::string(125, 'p')), {"ping:" + std::string(125, 'p')}},
        {"several messages",
         text("one") + binary("two") + text("three"),
         {"text:one", "binary:two", "text:three"}},

        {"two fragments", part(Opcode::text, "Hel") + last("lo"), {"text:Hello"}},
        {"empty fragments",
         part(Opcode::binary, "") + part(Opcode::continuation, "") + last(""),
         {"binary:"}},
        {"only the last fragment has bytes", part(Opcode::text, "") + last("late"), {"text:late"}},
        {"only the first fragment has bytes", part(Opcode::text, "early") + last(""), {"text:early"}},
        {"control frames between fragments",
         part(Opcode::text, "a") + ping("1") + part(Opcode::continuation, "b") + ping("") + ping("3") +
             last("c"),
         {"ping:1", "ping:", "ping:3", "text:abc"}},
        {"a close between fragments", part(Opcode::text, "a") + close_frame(1000, "bye"), {"close:1000:bye"}},
        {"a fragmented message after another",
         part(Opcode::text, "a") + last("b") + part(Opcode::binary, "c") + last("d") + text("e"),
         {"text:ab", "binary:cd", "text:e"}},
        {"a character cut by fragments",
         part(Opcode::text, "\xE2") + part(Opcode::continuation, "\x82") + last("\xAC"),
         {"text:\xE2\x82\xAC"}},
        {"a character cut by fragments and a ping",
         part(Opcode::text, "\xF0\x9F") + ping("\xFF") + last("\x8E\x89"),
         {"ping:\xFF", "text:\xF0\x9F\x8E\x89"}},

        {"an unmasked frame", bytes(0x81, 0x01, 'a'), {"error:1002"}},
        {"an unmasked close", bytes(0x88, 0x00), {"error:1002"}},
        {"RSV1", frame({.payload = "a", .reserved_bits = 4}), {"error:1002"}},
        {"RSV2", frame({.payload = "a", .reserved_bits = 2}), {"error:1002"}},
        {"RSV3", frame({.payload = "a", .reserved_bits = 1}), {"error:1002"}},
        {"RSV1 on a ping", frame({.opcode = Opcode::ping, .reserved_bits = 4}), {"error:1002"}},
        {"opcode 3", frame({.opcode = Opcode{3}}), {"error:1002"}},
        {"opcode 7", frame({.opcode = Opcode{7}}), {"error:1002"}},
        {"opcode 11", frame({.opcode = Opcode{11}}), {"error:1002"}},
        {"opcode 15", frame({.opcode = Opcode{15}}), {"error:1002"}},
        {"a message before the error is still given",
         text("a") + frame({.opcode = Opcode{5}}),
         {"text:a", "error:1002"}},
        {"a ping of 126 bytes", ping(std::string(126, 'p')), {"error:1002"}},
        {"a close of 126 bytes", close_frame(1000, std::string(124, 'r')), {"error:1002"}},
        {"a fragmented ping", part(Opcode::ping, "a") + last("b"), {"error:1002"}},
        {"a fragmented close", part(Opcode::close, ""), {"error:1002"}},
        {"continuation without a start", last("a"), {"error:1002"}},
        {"continuation after a whole message", text("a") + last("b"), {"text:a", "error:1002"}},
        {"continuation after a fragmented message",
         part(Opcode::text, "a") + last("b") + last("c"),
         {"text:ab", "error:1002"}},
        {"a new text inside a message", part(Opcode::text, "a") + text("b"), {"error:1002"}},
        {"a new binary inside an empty message", part(Opcode::text, "") + binary("b"), {"error:1002"}},
        {"a length with its highest bit set",
         bytes(0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4),
         {"error:1002"}},
        {"125 in two bytes", bytes(0x82, 0xFE, 0, 125, 1, 2, 3, 4), {"error:1002"}},
        {"0 in two bytes", bytes(0x82, 0xFE, 0, 0, 1, 2, 3, 4), {"error:1002"}},
        {"65535 in eight bytes", bytes(0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 1, 2, 3, 4), {"error:1002"}},
        {"5 in eight bytes", bytes(0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4), {"error:1002"}},

        {"text that is not UTF-8", text("a\xFF"), {"error:1007"}},
        {"text that ends inside a character", text("a\xE2\x82"), {"error:1007"}},
        {"a message that ends inside a character", part(Opcode::text, "\xE2") + last("\x82"), {"error:1007"}},
        {"ASCII after a character that is cut",
         part(Opcode::text, "\xE2\x82") + last("plain ASCII"),
         {"error:1007"}},
        {"an empty end after a character that is cut",
         part(Opcode::text, "\xE2\x82") + last(""),
         {"error:1007"}},
        {"a wrong byte in the first fragment",
         part(Opcode::text, "\xC0\xAF") + ping("never seen") + last("b"),
         {"error:1007"}},
        {"a surrogate", text("\xED\xA0\x80"), {"error:1007"}},
        {"nothing follows a close", close_frame(1000) + text("never seen") + ping(""), {"close:1000:"}},
        {"nothing follows an error", bytes(0x80, 0x80, 1, 2, 3, 4) + text("never seen"), {"error:1002"}},
    }));
    CAPTURE(rule.name);
    check_at_every_cut(rule.stream, rule.events);
}

TEST_CASE("a close frame's payload is judged by RFC 6455 section 7.4", "[websocket][decoder]") {
    SECTION("without a code") {
        check_at_every_cut(close_frame(""), {"close:1005:"});
    }
    SECTION("with half a code") {
        check_at_every_cut(close_frame("\x03"), {"error:1002"});
    }
    SECTION("with the longest reason") {
        check_at_every_cut(close_frame(1000, std::string(123, 'r')), {"close:1000:" + std::string(123, 'r')});
    }
    SECTION("with a reason that is not UTF-8") {
        check_at_every_cut(close_frame(1000, "a\xFF"), {"error:1007"});
        check_at_every_cut(close_frame(1000, "a\xE2\x82"), {"error:1007"});
    }
    SECTION("with a wrong code the code decides") {
        check_at_every_cut(close_frame(1004, "\xFF"), {"error:1002"});
    }
    SECTION("with a valid code") {
        const auto code = GENERATE(1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U,
                                   1013U, 1014U, 3000U, 3999U, 4000U, 4401U, 4999U);
        check_at_every_cut(close_frame(code, "why"), {"close:" + std::to_string(code) + ":why"});
    }
    SECTION("with an invalid code") {
        const auto code =
            GENERATE(0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U);
        check_at_every_cut(close_frame(code, "why"), {"error:1002"});
    }
}

TEST_CASE("messages at the borders of the length forms come through", "[websocket][decoder]") {
    const std::size_t size = GENERATE(as<std::size_t>(), 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537);
    std::string payload(size, 'x');
    payload.back() = 'y';
    const std::string stream = text(payload) + binary(payload);
    const Events expected{"text:" + payload, "binary:" + payload};
    CHECK(decode(stream) == expected);
    CHECK(decode_bytewise(stream) == expected);
    for (const std::size_t at : {1UL, 2UL, 3UL, 4UL, 9UL, 13UL, 14UL, 15UL, 77UL, size + 5, size + 20}) {
        CAPTURE(at);
        CHECK(decode_split(stream, at) == expected);
    }
}

TEST_CASE("a stream of mixed frames gives the same events at every cut", "[websocket][decoder]") {
    const std::string stream = text("first") + ping("p1") + part(Opcode::text, "fra\xC3") + ping("p2") +
                               part(Opcode::continuation, "\xA9g") + frame({.opcode = Opcode::pong}) +
                               last("ments") + binary(std::string(300, '\xEE')) + text("") +
                               text("\xF0\x9F\x8E\x89") + part(Opcode::binary, "") + last("z") +
                               close_frame(1001, "leaving");
    const Events expected{"text:first",
                          "ping:p1",
                          "ping:p2",
                          "pong:",
                          "text:fra\xC3\xA9gments",
                          "binary:" + std::string(300, '\xEE'),
                          "text:",
                          "text:\xF0\x9F\x8E\x89",
                          "binary:z",
                          "close:1001:leaving"};
    check_at_every_cut(stream, expected);

    for (std::size_t portion = 2; portion < 64; ++portion) {
        WebsocketDecoder decoder(default_limit);
        Events events;
        for (std::size_t at = 0; at < stream.size(); at += portion) {
            feed(decoder, std::string_view(stream).substr(at, portion), events);
        }
        CAPTURE(portion);
        CHECK(events == expected);
    }
}

TEST_CASE("the size of a message is bounded over all its fragments", "[websocket][decoder]") {
    constexpr std::size_t limit = 200;
    const std::string full(limit, 'x');
    check_at_every_cut(text(full), {"text:" + full}, limit);
    check_at_every_cut(text(full + "x"), {"error:1009"}, limit);
    check_at_every_cut(part(Opcode::text, full) + last(""), {"text:" + full}, limit);
    check_at_every_cut(part(Opcode::text, full) + last("x"), {"error:1009"}, limit);
    check_at_every_cut(part(Opcode::text, full) + ping(full.substr(0, 125)) + last(""),
                       {"ping:" + full.substr(0, 125), "text:" + full}, limit);
    check_at_every_cut(text(full) + text(full), {"text:" + full, "text:" + full}, limit);
    SECTION("short messages too, but not control frames") {
        check_at_every_cut(ping("12345") + text("1234") + text("12345"),
                           {"ping:12345", "text:1234", "error:1009"}, 4);
        check_at_every_cut(text("") + text("1"), {"text:", "error:1009"}, 0);
    }
}

TEST_CASE("a message that declares too much is refused before any of it comes", "[websocket][decoder]") {
    const std::string header = bytes(0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF);
    CHECK(decode(header) == Events{"error:1009"});
    CHECK(decode_bytewise(header) == Events{"error:1009"});
}

TEST_CASE("memory follows the bytes that came, never the length that was declared", "[websocket][decoder]") {
    constexpr std::size_t limit = std::size_t{1} << 40U;  // it takes some 4 GiB of it
    WebsocketDecoder decoder(limit);
    Events events;
    feed(decoder, bytes(0x82, 0xFF, 0, 0, 0, 0, 0xF0, 0, 0, 0, 1, 2, 3, 4), events);
    CHECK(decoder.buffer_capacity() == 0);
    CHECK(decoder.inside_message());
    feed(decoder, std::string(10, 'x'), events);
    CHECK(decoder.buffer_capacity() == 128);
    feed(decoder, std::string(1000, 'x'), events);
    CHECK(decoder.buffer_capacity() >= 1010);
    CHECK(decoder.buffer_capacity() <= 2020);
    CHECK(events.empty());
}

TEST_CASE("a buffer never grows beyond what its last frame needs", "[websocket][decoder]") {
    const std::string stream = binary(std::string(1000, 'x'));
    WebsocketDecoder decoder(default_limit);
    Events events;
    for (std::size_t i = 0; i + 1 < stream.size(); ++i) {
        feed(decoder, std::string_view(stream).substr(i, 1), events);
        REQUIRE(decoder.buffer_capacity() <= 1000);
    }
    CHECK(decoder.buffer_capacity() == 1000);
}

TEST_CASE("a decoder is small and owns memory only inside a message", "[websocket][decoder]") {
    STATIC_REQUIRE(sizeof(WebsocketDecoder) <= 80);
    WebsocketDecoder decoder(default_limit);
    Events events;
    feed(decoder, text("whole") + ping("whole"), events);
    CHECK(decoder.buffer_capacity() == 0);
    CHECK_FALSE(decoder.inside_message());

    const std::string cut = text("cut in two");
    feed(decoder, cut.substr(0, 3), events);
    CHECK(decoder.buffer_capacity() == 0);
    CHECK(decoder.inside_message());
    feed(decoder, cut.substr(3, 6), events);
    CHECK(decoder.buffer_capacity() > 0);
    feed(decoder, cut.substr(9), events);
    CHECK(decoder.buffer_capacity() == 0);
    CHECK_FALSE(decoder.inside_message());

    const std::string cut_ping = ping("cut in two");
    feed(decoder, cut_ping.substr(0, 9), events);
    feed(decoder, cut_ping.substr(9), events);
    CHECK(decoder.buffer_capacity() == 0);
    CHECK(events == Events{"text:whole", "ping:whole", "text:cut in two", "ping:cut in two"});

    SECTION("a close in the middle of a message frees it") {
        feed(decoder, part(Opcode::text, "begun") + close_frame(1000), events);
        CHECK(events.back() == "close:1000:");
    }
    SECTION("an error in the middle of a message frees it") {
        feed(decoder, part(Opcode::text, "begun") + text("wrong"), events);
        CHECK(events.back() == "error:1002");
    }
    CHECK(decoder.buffer_capacity() == 0);
}

TEST_CASE("a whole message is handed out where it lies in the read buffer", "[websocket][decoder]") {
    std::string stream = text("in place") + part(Opcode::text, "") + last("in place too");
    WebsocketDecoder decoder(default_limit);
    char* at = stream.data();
    char* const end = at + stream.size();
    const DecoderEvent first = decoder.next(at, end);
    CHECK(first.payload == "in place");
    CHECK(first.payload.data() == stream.data() + 6);
    const DecoderEvent second = decoder.next(at, end);
    CHECK(second.payload == "in place too");
    CHECK(second.payload.data() + second.payload.size() == end);
    CHECK(at == end);
}

TEST_CASE("the caller may stop between messages and keep the rest", "[websocket][decoder]") {
    const std::string rest = text("second") + text("third").substr(0, 4);
    std::string stream = text("first") + rest;
    WebsocketDecoder decoder(default_limit);
    char* at = stream.data();
    CHECK(describe(decoder.next(at, stream.data() + stream.size())) == "text:first");
    const std::string kept(at, stream.data() + stream.size());
    CHECK(kept == rest);

    Events events;
    feed(decoder, kept, events);
    feed(decoder, text("third").substr(4), events);
    CHECK(events == Events{"text:second", "text:third"});
}

TEST_CASE("a payload from the decoder's own buffer lasts until the next call", "[websocket][decoder]") {
    const std::string stream = part(Opcode::text, "one ") + last("message");
    std::string head = stream.substr(0, stream.size() - 1);
    std::string tail = stream.substr(stream.size() - 1);
    WebsocketDecoder decoder(default_limit);
    char* at = head.data();
    CHECK(describe(decoder.next(at, at + head.size())) == "need_more");
    at = tail.data();
    const DecoderEvent event = decoder.next(at, at + tail.size());
    tail.assign(1, '?');
    CHECK(event.payload == "one message");
    CHECK(decoder.buffer_capacity() > 0);
    CHECK(describe(decoder.next(at, at)) == "need_more");
    CHECK(decoder.buffer_capacity() == 0);
}

TEST_CASE("text that is not UTF-8 fails before its frame is whole", "[websocket][decoder]") {
    const std::string payload = "some text \xED\xA0\x80 and much more that never comes";
    const std::string stream = text(payload);
    const std::size_t wrong = stream.size() - payload.size() + 11;  // the byte that makes it a surrogate
    WebsocketDecoder decoder(default_limit);
    Events events;
    feed(decoder, stream.substr(0, wrong), events);
    CHECK(events.empty());
    feed(decoder, stream.substr(wrong, 1), events);
    CHECK(events == Events{"error:1007"});
    CHECK(decoder.ended());
}

TEST_CASE("a header that is wrong fails at its wrong byte", "[websocket][decoder]") {
    CHECK(decode(bytes(0x83)) == Events{"error:1002"});
    CHECK(decode(bytes(0x80)) == Events{"error:1002"});
    CHECK(decode(bytes(0x81, 0x05)) == Events{"error:1002"});
    CHECK(decode(bytes(0x89, 0xFE)) == Events{"error:1002"});
    CHECK(decode(bytes(0x81, 0xFE, 0, 1)) == Events{"error:1002"});
}

TEST_CASE("after the end every byte is dropped without an event", "[websocket][decoder]") {
    const std::string end = GENERATE(close_frame(1000), bytes(0x81, 0x00), text("\xFF"));
    WebsocketDecoder decoder(default_limit);
    Events events;
    feed(decoder, end, events);
    REQUIRE(events.size() == 1);
    CHECK(decoder.ended());
    CHECK_FALSE(decoder.inside_message());
    std::string more = text("more") + close_frame(1000);
    char* at = more.data();
    CHECK(describe(decoder.next(at, more.data() + more.size())) == "need_more");
    CHECK(at == more.data() + more.size());
}

TEST_CASE("an error says in words what was wrong", "[websocket][decoder]") {
    std::string stream = bytes(0x81, 0x00);
    WebsocketDecoder decoder(default_limit);
    char* at = stream.data();
    const DecoderEvent event = decoder.next(at, at + stream.size());
    CHECK(event.kind == DecoderEvent::Kind::error);
    CHECK(event.payload == "a client's frame must be masked");
}
