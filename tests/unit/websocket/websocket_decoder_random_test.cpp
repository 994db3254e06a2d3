#include "support/catch.hpp"
#include "unit/websocket/client_frames.hpp"
#include "websocket/websocket_decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

using namespace chanx::detail;

namespace {

constexpr std::size_t limit = 4096;

class Garbage {
  public:
    std::size_t below(std::size_t bound) { return random_() % bound; }

    std::string bytes(std::size_t count) {
        std::string result(count, '\0');
        for (char& c : result) c = static_cast<char>(random_());
        return result;
    }

    std::string letters(std::size_t count) {
        std::string result(count, '\0');
        for (char& c : result) c = static_cast<char>('a' + below(26));
        return result;
    }

    std::array<unsigned char, 4> mask() {
        const auto value = random_();
        return {static_cast<unsigned char>(value), static_cast<unsigned char>(value >> 8U),
                static_cast<unsigned char>(value >> 16U), static_cast<unsigned char>(value >> 24U)};
    }

    // Mostly well-formed frames, or nothing would come past the first byte.
    std::string almost_frames() {
        static constexpr Opcode opcodes[] = {Opcode::continuation, Opcode::text, Opcode::text,
                                             Opcode::binary,       Opcode::ping, Opcode::pong,
                                             Opcode::close,        Opcode{3}};
        std::string stream;
        bool begun = false;
        for (std::size_t frames = below(5); frames != 0; --frames) {
            Opcode opcode = opcodes[below(below(20) == 0 ? 8 : 6)];
            bool fin = true;
            if (!is_control(opcode) && below(20) != 0) {
                if (begun) opcode = Opcode::continuation;
                if (!begun && opcode == Opcode::continuation) opcode = Opcode::text;
                fin = below(2) == 0;
                begun = !fin;
            }
            const std::size_t size = below(30) == 0 ? below(300) : below(30);
            const std::string payload =
                opcode == Opcode::binary || below(20) == 0 ? bytes(size) : letters(size);
            append_client_frame(stream, {.opcode = opcode, .payload = payload, .fin = fin, .mask = mask()});
        }
        if (!stream.empty() && below(4) == 0) stream[below(stream.size())] = static_cast<char>(random_());
        if (below(4) == 0) stream.resize(below(stream.size() + 1));
        return stream;
    }

  private:
    std::mt19937 random_{6455};
};

}  // namespace

TEST_CASE("garbage never does harm and means the same however it is cut", "[websocket][decoder]") {
    Garbage garbage;
    std::size_t messages = 0;
    std::size_t errors = 0;
    for (int round = 0; round < 10'000; ++round) {
        const std::string stream =
            round % 8 == 0 ? garbage.bytes(garbage.below(40)) : garbage.almost_frames();
        const Events whole = decode(stream, limit);
        for (const auto& event : whole) {
            messages += event.starts_with("text") || event.starts_with("binary");
            errors += event.starts_with("error");
        }
        WebsocketDecoder decoder(limit);
        Events cut;
        std::string_view rest = stream;
        while (!rest.empty()) {
            const std::size_t portion = std::min(rest.size(), 1 + garbage.below(40));
            feed(decoder, rest.substr(0, portion), cut);
            rest.remove_prefix(portion);
            if (decoder.buffer_capacity() > limit + max_control_payload_size)
                FAIL("the buffer is beyond its bound");
        }
        if (cut != whole) FAIL("round " << round << " differs");
    }
    // The generator is worth something only while it makes both.
    CHECK(messages > 1'000);
    CHECK(errors > 1'000);
}

TEST_CASE("a hundred thousand random inputs are taken without harm", "[websocket][decoder]") {
    std::mt19937 random(1);
    char memory[32];
    std::size_t ended = 0;
    for (int round = 0; round < 100'000; ++round) {
        for (std::size_t i = 0; i < sizeof memory; i += 4) {
            const auto value = static_cast<std::uint32_t>(random());
            std::memcpy(memory + i, &value, 4);
        }
        // Every other input begins as a message that may be decoded.
        if (round % 2 == 0) {
            memory[0] = static_cast<char>(0x81 + round / 2 % 2);
            memory[1] = static_cast<char>(0x80 | (memory[1] & 0x1F));
        }
        WebsocketDecoder decoder(limit);
        char* at = memory;
        while (decoder.next(at, memory + sizeof memory).kind != DecoderEvent::Kind::need_more) {
        }
        if (at != memory + sizeof memory) FAIL("bytes were left behind in round " << round);
        ended += decoder.ended() ? 1 : 0;
    }
    CHECK(ended > 50'000);
    CHECK(ended < 100'000);
}

TEST_CASE("random messages with random keys come through random cuts unchanged", "[websocket][decoder]") {
    Garbage garbage;
    for (int round = 0; round < 300; ++round) {
        std::string stream;
        Events expected;
        for (int message = 0; message < 10; ++message) {
            const std::string payload = garbage.bytes(garbage.below(400));
            std::string_view rest = payload;
            Opcode opcode = Opcode::binary;
            while (garbage.below(2) == 0) {
                const std::size_t size = garbage.below(rest.size() + 1);
                append_client_frame(stream, {.opcode = opcode,
                                             .payload = rest.substr(0, size),
                                             .fin = false,
                                             .mask = garbage.mask()});
                rest.remove_prefix(size);
                opcode = Opcode::continuation;
            }
            append_client_frame(stream, {.opcode = opcode, .payload = rest, .mask = garbage.mask()});
            expected.push_back("binary:" + payload);
        }
        WebsocketDecoder decoder(limit);
        Events events;
        for (std::size_t at = 0; at < stream.size();) {
            const std::size_t portion = 1 + garbage.below(500);
            feed(decoder, std::string_view(stream).substr(at, portion), events);
            at += portion;
        }
        if (events != expected) FAIL("round " << round << " differs");
    }
    SUCCEED();
}
