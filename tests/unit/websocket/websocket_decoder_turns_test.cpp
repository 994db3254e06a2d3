#include "support/catch.hpp"
#include "unit/websocket/client_frames.hpp"
#include "websocket/websocket_decoder.hpp"

#include <algorithm>
#include <random>

// How much a decoder takes in a turn of its caller.

using namespace chanx::detail;

namespace {

std::string times(int count, const std::string& bytes) {
    std::string all;
    for (int i = 0; i < count; ++i) all += bytes;
    return all;
}

/// Bytes, and how far the decoder has come.
struct Input {
    explicit Input(std::string stream) : bytes(std::move(stream)), at(bytes.data()) {}

    /// The events up to `enough` or `need_more`, which is the last one.
    Events turn(WebsocketDecoder& decoder, std::uint32_t frames) {
        decoder.begin_turn(frames);
        Events events;
        for (;;) {
            events.push_back(describe(decoder.next(at, bytes.data() + bytes.size())));
            if (events.back() == "enough" || events.back() == "need_more") return events;
        }
    }
    std::size_t taken() const { return static_cast<std::size_t>(at - bytes.data()); }

    std::string bytes;
    char* at;
};

}  // namespace

TEST_CASE("a turn takes so many messages, and the next turn goes on behind them", "[decoder][turns]") {
    WebsocketDecoder decoder(default_limit);
    Input input(text("1") + text("2") + ping("3") + text("4"));
    CHECK(input.turn(decoder, 2) == Events{"text:1", "text:2", "enough"});
    CHECK(decoder.turn_over());
    CHECK(describe(decoder.next(input.at, input.bytes.data() + input.bytes.size())) == "enough");
    CHECK(input.turn(decoder, 3) == Events{"ping:3", "text:4", "need_more"});
    CHECK_FALSE(decoder.turn_over());
}

TEST_CASE("where nothing is left a turn that has been used up is no reason to stop", "[decoder][turns]") {
    WebsocketDecoder decoder(default_limit);
    Input input(text("1") + part(Opcode::text, "2") + last("3"));
    CHECK(input.turn(decoder, 3) == Events{"text:1", "text:23", "need_more"});
    CHECK(decoder.turn_over());
}

TEST_CASE("frames that make no event count as others do", "[decoder][turns]") {
    WebsocketDecoder decoder(default_limit);
    const std::string empty = part(Opcode::continuation, "");
    Input input(part(Opcode::text, "") + times(1000, empty) + last("x"));
    for (std::size_t turn = 1; turn <= 3; ++turn) {
        CHECK(input.turn(decoder, 256) == Events{"enough"});
        CHECK(input.taken() == turn * 256 * empty.size());
    }
    CHECK(input.turn(decoder, 256) == Events{"text:x", "need_more"});
}

TEST_CASE("parts of a large frame count like frames", "[decoder][turns]") {
    WebsocketDecoder decoder(default_limit);
    decoder.give_parts(default_limit, 125);
    Input input(binary(std::string(10'000, 'x')));
    const Events events = input.turn(decoder, 20);
    CHECK(events.size() <= 21);
    CHECK(events.size() >= 20);
    CHECK(events.back() == "enough");
}

TEST_CASE("after a Close the rest is dropped whatever the turn has left", "[decoder][turns]") {
    WebsocketDecoder decoder(default_limit);
    Input input(close_frame(1000) + times(10, text("x")));
    CHECK(input.turn(decoder, 1) == Events{"close:1000:", "need_more"});
    CHECK(input.taken() == input.bytes.size());
}

TEST_CASE("turns make no difference to what comes out, wherever the bytes are cut", "[decoder][turns]") {
    std::mt19937 random(11);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    for (int round = 0; round < 200; ++round) {
        std::string stream;
        for (int i = 0; i < 10; ++i) {
            const std::string payload(below(2) == 0 ? 0 : below(400), 'x');
            switch (below(4)) {
                case 0: stream += text(payload); break;
                case 1: stream += ping(payload.substr(0, 125)); break;
                case 2: stream += binary(payload); break;
                default:
                    stream += part(Opcode::binary, payload) + times(static_cast<int>(below(5)), part(Opcode::continuation, "a")) +
                              ping("") + last(payload);
            }
        }
        const bool in_parts = below(2) == 0;
        WebsocketDecoder decoder(default_limit);
        WebsocketDecoder unlimited(default_limit);
        if (in_parts) {
            decoder.give_parts(default_limit, 125);
            unlimited.give_parts(default_limit, 125);
        }
        Events expected;
        Events events;
        const std::size_t portion = 1 + below(stream.size());
        for (std::size_t at = 0; at < stream.size(); at += portion) {
            feed(unlimited, stream.substr(at, portion), expected);
            Input input(stream.substr(at, portion));
            for (;;) {
                const std::uint32_t frames = 1 + static_cast<std::uint32_t>(below(4));
                Events some = input.turn(decoder, frames);
                const bool done = some.back() == "need_more";
                some.pop_back();
                CHECK(some.size() <= frames + 1);  // with the one whose header came before
                events.insert(events.end(), some.begin(), some.end());
                if (done) break;
            }
        }
        CHECK(events == expected);
    }
}
