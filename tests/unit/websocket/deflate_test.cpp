#include "websocket/deflate.hpp"

#include "support/catch.hpp"
#include "unit/websocket/zlib_limit.hpp"

#include <algorithm>
#include <random>
#include <string>

using namespace chanx::detail;
using Outcome = Inflater::Outcome;

namespace {

std::string compress(std::string_view message, int level = 6) {
    std::string out(message.size() + 4, '\0');
    out.resize(Deflater::of_thread().deflate(message, level, out.data()));
    return out;
}

struct Inflated {
    Outcome outcome = Outcome::bad_data;
    std::string text{};

    bool operator==(const Inflated&) const = default;
};

/// With so much input and room at a time.
Inflated inflate(std::string_view payload, std::size_t most_in = 1 << 20, std::size_t room = 1000) {
    Inflater inflater;
    REQUIRE(inflater.begin());
    Inflated result;
    for (;;) {
        std::string_view in = payload.substr(0, most_in);
        const std::size_t size = in.size();
        const auto input =
            size == payload.size() ? Inflater::Input::ends_message : Inflater::Input::more_follows;
        std::string out(room, '\0');
        char* at = out.data();
        result.outcome = inflater.inflate(in, input, at, out.data() + room);
        result.text.append(out.data(), at);
        payload.remove_prefix(size - in.size());
        if (result.outcome != Outcome::need_input && result.outcome != Outcome::need_room) return result;
        if (result.outcome == Outcome::need_input) REQUIRE(input == Inflater::Input::more_follows);
    }
}

/// The same, whatever the portions.
Inflated inflate_all_ways(std::string_view payload) {
    const Inflated whole = inflate(payload);
    CHECK(inflate(payload, 1, 1) == whole);
    CHECK(inflate(payload, 1, 1000) == whole);
    CHECK(inflate(payload, 1000, 1) == whole);
    CHECK(inflate(payload, 3, 7) == whole);
    return whole;
}

Inflated whole(std::string text) {
    return {Outcome::whole, std::move(text)};
}

}  // namespace

TEST_CASE("the examples of RFC 7692 are decompressed", "[deflate]") {
    using namespace std::string_view_literals;
    CHECK(inflate_all_ways("\xf2\x48\xcd\xc9\xc9\x07\x00"sv) == whole("Hello"));                  // 7.2.3.1
    CHECK(inflate_all_ways("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"sv) == whole("Hello"));  // 7.2.3.3
    CHECK(inflate_all_ways("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv) == whole("Hello"));              // 7.2.3.4
    CHECK(inflate_all_ways("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"sv) ==
          whole("Hello"));                                        // 7.2.3.5
    CHECK(inflate_all_ways("\x00"sv).outcome == Outcome::whole);  // 7.2.3.6
    CHECK(inflate_all_ways("\x00"sv).text.empty());
}

TEST_CASE("a message may end with its last block, and one without any bytes is empty", "[deflate]") {
    using namespace std::string_view_literals;
    CHECK(inflate_all_ways("\xf3\x48\xcd\xc9\xc9\x07\x00"sv) == whole("Hello"));
    CHECK(inflate_all_ways(""sv) == whole(""));
}

TEST_CASE("what follows a last block may refer to what came before it", "[deflate]") {
    using namespace std::string_view_literals;
    // "Hello" in a last block, then a block that repeats 5 bytes from 5 bytes before, then an empty one.
    std::string payload(
        "\xf3\x48\xcd\xc9\xc9\x07\x00"
        "\x02\x13\x00\x00"sv);
    const Inflated result = inflate_all_ways(payload);
    INFO(result.text);
    CHECK(result.outcome == Outcome::whole);
    CHECK(result.text == "HelloHello");
    CHECK(inflate(std::string(300, '\0').insert(0, "\xf3\x48\xcd\xc9\xc9\x07\x00"sv)).outcome ==
          Outcome::bad_data);
}

TEST_CASE("what is no compressed message, or not a whole one, is bad data", "[deflate]") {
    using namespace std::string_view_literals;
    CHECK(inflate_all_ways("\xff\xff\xff\xff"sv).outcome == Outcome::bad_data);
    CHECK(inflate_all_ways("\x07"sv).outcome == Outcome::bad_data);
    CHECK(inflate_all_ways("Hello, this is no compressed text"sv).outcome == Outcome::bad_data);
    const std::string good = compress(std::string(100, 'a') + "Some text that has no repeated parts");
    CHECK(inflate_all_ways(good).outcome == Outcome::whole);
    for (std::size_t size = 1; size + 1 < good.size(); ++size) {
        CAPTURE(size);
        CHECK(inflate(std::string_view(good).substr(0, size)).outcome == Outcome::bad_data);
    }
}

TEST_CASE("a decompressor forgets a message before the next", "[deflate]") {
    Inflater inflater;
    const std::string first = compress(std::string(1000, 'x'));
    for (std::size_t size : {first.size(), first.size() / 2}) {
        REQUIRE(inflater.begin());
        std::string_view in(first.data(), size);
        char room[2000];
        char* at = room;
        static_cast<void>(inflater.inflate(in, Inflater::Input::ends_message, at, room + sizeof room));
    }
    REQUIRE(inflater.begin());
    // It refers to bytes before its own beginning.
    std::string_view in("\x02\x13\x00\x00", 4);
    char room[2000];
    char* at = room;
    CHECK(inflater.inflate(in, Inflater::Input::ends_message, at, room + sizeof room) == Outcome::bad_data);
}

TEST_CASE("what is compressed is decompressed to itself, at every level and by itself", "[deflate]") {
    std::mt19937 random(1);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    for (int round = 0; round < 300; ++round) {
        std::string message;
        const std::size_t words = 1 + below(3000);
        for (std::size_t i = 0; i < words; ++i) message += std::to_string(below(50)) + ' ';
        const std::string payload = compress(message, 1 + static_cast<int>(below(9)));
        if (payload.empty()) {
            CHECK(message.size() < 100);
            continue;
        }
        CHECK(payload.size() < message.size());
        CHECK(inflate(payload, 1 + below(500), 1 + below(500)) == whole(message));
    }
}

TEST_CASE("what would not get smaller is not compressed", "[deflate]") {
    CHECK(compress("").empty());
    CHECK(compress("a").empty());
    std::mt19937 random(2);
    for (const std::size_t size : {10U, 100U, 1000U, 100'000U}) {
        std::string noise(size, '\0');
        std::ranges::generate(noise, [&] { return static_cast<char>(random()); });
        CHECK(compress(noise).empty());
        CHECK_FALSE(compress(std::string(size, 'a')).empty());
    }
}

TEST_CASE("without memory neither side works, and both do again when there is some", "[deflate]") {
    Inflater inflater;
    Deflater deflater;
    char room[200];
    const std::string message(100, 'a');
    for (const std::size_t bytes : {0U, 1000U, 20'000U}) {
        const ZlibLimit limit(bytes);
        CHECK(deflater.deflate(message, 6, room) == 0);
        if (bytes < 10'000) CHECK_FALSE(inflater.begin());
    }
    CHECK(inflater.begin());
    const std::size_t size = deflater.deflate(message, 6, room);
    REQUIRE(size != 0);
    CHECK(inflate({room, size}) == whole(message));
}

TEST_CASE("a decompressor whose window can't be had says so", "[deflate]") {
    const std::string payload = compress(std::string(100, 'a'));
    Inflater inflater;
    REQUIRE(inflater.begin());
    const ZlibLimit limit(1000);
    std::string_view in = payload;
    char room[10];
    char* at = room;
    CHECK(inflater.inflate(in, Inflater::Input::ends_message, at, room + sizeof room) == Outcome::no_memory);
}

TEST_CASE("the compressor of a thread takes 270 KiB, its decompressor 48 KiB, and both give it back",
          "[deflate]") {
    const std::size_t before = ZlibMemory::in_use();
    {
        Inflater inflater;
        Deflater deflater;
        std::string room(100'004, '\0');
        const std::size_t size = deflater.deflate(std::string(100'000, 'a'), 6, room.data());
        const std::size_t compressor = ZlibMemory::in_use() - before;
        CHECK(compressor > 200 * 1024);
        CHECK(compressor <= 270 * 1024);
        REQUIRE(inflater.begin());
        std::string_view in(room.data(), size);
        std::string out(100'000, '\0');
        char* at = out.data();
        static_cast<void>(inflater.inflate(in, Inflater::Input::ends_message, at, out.data() + 50'000));
        const std::size_t decompressor = ZlibMemory::in_use() - before - compressor;
        CHECK(decompressor > 32 * 1024);
        CHECK(decompressor <= 48 * 1024);
    }
    CHECK(ZlibMemory::in_use() == before);
}
