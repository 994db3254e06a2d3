#include "support/catch.hpp"
#include "unit/websocket/client_frames.hpp"
#include "websocket/websocket_decoder.hpp"

#include <random>
#include <utility>

// Binary messages that are given in parts.

using namespace chanx::detail;
using namespace std::string_view_literals;

namespace {

struct Bounds {
    std::uint64_t max_message_size = 1000;
    std::size_t max_part_size = 125;
};

constexpr std::size_t text_limit = 50;

/// The events of a stream that comes in portions, with the parts of each message joined: "binary:..." for a
/// whole one, "part:..." for what comes before something else.
struct Joined {
    explicit Joined(Bounds bounds) : max_part_size(bounds.max_part_size) {
        decoder.give_parts(bounds.max_message_size, bounds.max_part_size);
    }

    void feed(std::string_view portion) {
        Events parts;
        chanx::detail::feed(decoder, portion, parts);
        for (const auto& event : parts) take(event);
    }
    void take(const std::string& event) {
        const std::size_t size = event.size() - 5;
        if (event.starts_with("part:")) {
            CHECK(size > 0);
            message += event.substr(5);
        } else if (event.starts_with("last:")) {
            events.push_back("binary:" + message + event.substr(5));
            message.clear();
        } else {
            events.push_back(event);
            return;
        }
        CHECK(size <= max_part_size);
    }

    WebsocketDecoder decoder{text_limit};
    std::size_t max_part_size;
    Events events;
    std::string message;  // of which there is more to come
};

void check_at_every_cut(const std::string& stream, const Events& expected, Bounds bounds = {}) {
    Joined whole(bounds);
    whole.feed(stream);
    CHECK(whole.events == expected);
    Joined bytewise(bounds);
    for (const char byte : stream) bytewise.feed({&byte, 1});
    CHECK(bytewise.events == expected);
    for (std::size_t at = 1; at < stream.size(); ++at) {
        CAPTURE(at);
        Joined split(bounds);
        split.feed(std::string_view(stream).substr(0, at));
        split.feed(std::string_view(stream).substr(at));
        REQUIRE(split.events == expected);
    }
}

/// What a stream that comes at once gives.
Events parts_of(const std::string& stream, Bounds bounds = {}) {
    WebsocketDecoder decoder(text_limit);
    decoder.give_parts(bounds.max_message_size, bounds.max_part_size);
    Events events;
    feed(decoder, stream, events);
    return events;
}

}  // namespace

TEST_CASE("binary messages in parts are the same messages at every cut", "[websocket][decoder][streaming]") {
    const std::string long_payload(300, '\xfe');
    check_at_every_cut(binary("Hello"), {"binary:Hello"});
    check_at_every_cut(binary(""), {"binary:"});
    check_at_every_cut(binary(long_payload), {"binary:" + long_payload});
    check_at_every_cut(binary("one") + text("two") + binary("three"),
                       {"binary:one", "text:two", "binary:three"});
    check_at_every_cut(part(Opcode::binary, "Hel") + last("lo"), {"binary:Hello"});
    check_at_every_cut(part(Opcode::binary, "") + part(Opcode::continuation, "") + last(""), {"binary:"});
    check_at_every_cut(part(Opcode::binary, "") + last("late") + binary("next"),
                       {"binary:late", "binary:next"});
    check_at_every_cut(part(Opcode::binary, "early") + last(""), {"binary:early"});
    check_at_every_cut(part(Opcode::binary, "a") + ping("1") + part(Opcode::continuation, "bc") + ping("") +
                           frame({.opcode = Opcode::pong, .payload = "2"}) + last("d"),
                       {"ping:1", "ping:", "pong:2", "binary:abcd"});
    check_at_every_cut(part(Opcode::text, "a") + last("b") + part(Opcode::binary, "c") + last("d"),
                       {"text:ab", "binary:cd"});
    check_at_every_cut(part(Opcode::binary, "a") + close_frame(1000, "bye"), {"close:1000:bye"});
    check_at_every_cut(part(Opcode::binary, "a") + binary("b"), {"error:1002"});
    check_at_every_cut(binary("a") + last("b"), {"binary:a", "error:1002"});
}

TEST_CASE("a part is at most as long as asked for, and its message's last one says so",
          "[websocket][decoder][streaming]") {
    const std::string most(125, 'x');
    CHECK(parts_of(binary(most + most + "end"), {.max_part_size = 125}) ==
          Events{"part:" + most, "part:" + most, "last:end"});
    CHECK(parts_of(part(Opcode::binary, most + "rest") + last("end"), {.max_part_size = 125}) ==
          Events{"part:" + most, "part:rest", "last:end"});
    CHECK(parts_of(part(Opcode::binary, most) + last(""), {.max_part_size = 125}) ==
          Events{"part:" + most, "last:"});
    CHECK(parts_of(part(Opcode::binary, "") + last("ab")) == Events{"last:ab"});
}

TEST_CASE("every byte is given as it comes, and none is kept", "[websocket][decoder][streaming]") {
    WebsocketDecoder decoder(text_limit);
    decoder.give_parts(1000, 100);
    const std::string stream = part(Opcode::binary, "ab") + last("cd");
    Events events;
    for (const char byte : stream) {
        feed(decoder, {&byte, 1}, events);
        CHECK(decoder.buffer_capacity() == 0);
    }
    CHECK(events == Events{"part:a", "part:b", "part:c", "last:d"});
}

TEST_CASE("a binary message in parts has a bound of its own", "[websocket][decoder][streaming]") {
    SECTION("above that of whole messages, over all its frames") {
        check_at_every_cut(binary(std::string(200, 'x')), {"binary:" + std::string(200, 'x')},
                           {.max_message_size = 200});
        check_at_every_cut(part(Opcode::binary, std::string(150, 'x')) + last(std::string(50, 'x')),
                           {"binary:" + std::string(200, 'x')}, {.max_message_size = 200});
        check_at_every_cut(part(Opcode::binary, std::string(150, 'x')) + last(std::string(51, 'x')),
                           {"error:1009"}, {.max_message_size = 200});
    }
    SECTION("below it, for the shortest too") {
        check_at_every_cut(binary("abcd") + binary("abcde"), {"binary:abcd", "error:1009"},
                           {.max_message_size = 4});
    }
    SECTION("each message has it anew") {
        check_at_every_cut(part(Opcode::binary, "ab") + last("cd") + part(Opcode::binary, "ef") + last("gh"),
                           {"binary:abcd", "binary:efgh"}, {.max_message_size = 4});
    }
    SECTION("a frame's length is enough to know") {
        CHECK(parts_of(binary(std::string(201, 'x')).substr(0, 4), {.max_message_size = 200}) ==
              Events{"error:1009"});
    }
    SECTION("of any size") {
        CHECK(parts_of(bytes(0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 'x'),
                       {.max_message_size = ~std::uint64_t{0}}) == Events{"part:x"});
        CHECK(parts_of(part(Opcode::binary, "ab") +
                           bytes(0x80, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 'x'),
                       {.max_message_size = 0x7FFF'FFFF'FFFF'FFFF}) == Events{"part:ab", "error:1009"});
    }
    SECTION("and text has the other") {
        check_at_every_cut(text(std::string(text_limit, 'x')), {"text:" + std::string(text_limit, 'x')});
        check_at_every_cut(text(std::string(text_limit + 1, 'x')), {"error:1009"});
    }
}

TEST_CASE("random messages in parts come through random cuts unchanged", "[websocket][decoder][streaming]") {
    std::mt19937 random(5);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    for (int round = 0; round < 300; ++round) {
        std::string stream;
        Events expected;
        for (int message = 0; message < 8; ++message) {
            std::string payload(below(400), '\0');
            for (auto& byte : payload) byte = static_cast<char>(random());
            expected.push_back("binary:" + payload);
            std::string_view rest = payload;
            Opcode opcode = Opcode::binary;
            while (below(2) == 0) {
                const std::size_t size = below(rest.size() + 1);
                stream += part(std::exchange(opcode, Opcode::continuation), rest.substr(0, size));
                rest.remove_prefix(size);
            }
            stream += frame({.opcode = opcode, .payload = rest});
        }
        Joined joined({.max_part_size = 125 + below(200)});
        for (std::string_view rest = stream; !rest.empty();) {
            const std::size_t portion = std::min(rest.size(), 1 + below(300));
            joined.feed(rest.substr(0, portion));
            rest.remove_prefix(portion);
        }
        if (joined.events != expected) FAIL("round " << round << " differs");
    }
}
