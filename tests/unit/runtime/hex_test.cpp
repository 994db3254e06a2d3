#include "runtime/hex.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <set>

TEST_CASE("Bytes are written as two digits each", "[runtime]") {
    const std::array<unsigned char, 4> bytes{0x00, 0x0f, 0xa5, 0xff};
    CHECK(chanx::detail::to_hex(bytes) == "000fa5ff");
    CHECK(chanx::detail::to_hex({}).empty());
}

TEST_CASE("Random digits have the length asked for and don't repeat", "[runtime]") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(chanx::detail::random_hex(12));
    CHECK(seen.size() == 1000);
    for (const auto& text : seen) {
        REQUIRE(text.size() == 24);
        REQUIRE(std::ranges::all_of(text,
                                    [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }));
    }
    CHECK(chanx::detail::random_hex(1'000).size() == 128);
    CHECK(chanx::detail::random_hex(0).empty());
}
