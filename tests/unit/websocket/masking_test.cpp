#include "websocket/masking.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using chanx::detail::advance_mask;
using chanx::detail::apply_mask;
using chanx::detail::MaskKey;

namespace {

struct Masked {
    std::string bytes;
    bool ascii = true;
};

// The definition (RFC 6455 section 5.3), byte by byte.
Masked mask_plainly(std::string_view bytes, const unsigned char (&key)[4]) {
    Masked result;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(static_cast<unsigned char>(bytes[i]) ^ key[i % 4]);
        result.bytes += static_cast<char>(byte);
        result.ascii = result.ascii && byte < 0x80;
    }
    return result;
}

}  // namespace

TEST_CASE("masking follows its definition at every length, alignment and phase", "[websocket][masking]") {
    std::mt19937 random(20240817);
    std::vector<char> memory(256);
    for (std::size_t length = 0; length <= 130; ++length) {
        for (std::size_t offset = 0; offset < 9; ++offset) {
            unsigned char key_bytes[4];
            for (auto& byte : key_bytes) byte = static_cast<unsigned char>(random());
            MaskKey key;
            std::memcpy(&key, key_bytes, 4);
            for (char& c : memory) c = static_cast<char>(random());
            const std::vector<char> before = memory;
            const Masked expected = mask_plainly({before.data() + offset, length}, key_bytes);

            // In two calls, cut anywhere: the second continues with the key turned.
            const std::size_t cut = length == 0 ? 0 : random() % (length + 1);
            const bool first_ascii = apply_mask(memory.data() + offset, cut, key);
            const bool rest_ascii =
                apply_mask(memory.data() + offset + cut, length - cut, advance_mask(key, cut));

            std::vector<char> wanted = before;
            std::copy(expected.bytes.begin(), expected.bytes.end(),
                      wanted.begin() + static_cast<long>(offset));
            CAPTURE(length, offset, cut);
            REQUIRE(memory == wanted);
            REQUIRE((first_ascii && rest_ascii) == expected.ascii);
        }
    }
}

TEST_CASE("masking sees a single byte that is not ASCII wherever it stands", "[websocket][masking]") {
    for (std::size_t length = 1; length <= 70; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            std::string bytes(length, 'a');
            CHECK(apply_mask(bytes.data(), length, 0));
            bytes[at] = '\x80';
            CAPTURE(length, at);
            REQUIRE_FALSE(apply_mask(bytes.data(), length, 0));
        }
    }
}
