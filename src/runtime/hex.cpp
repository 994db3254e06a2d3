#include "runtime/hex.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace chanx::detail {

std::string to_hex(std::span<const unsigned char> bytes) {
    std::string text(bytes.size() * 2 + 1, '\0');  // with the zero that is written behind them
    sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
    text.pop_back();
    return text;
}

std::string random_hex(std::size_t bytes) {
    static const int result = sodium_init();
    if (result < 0) throw std::runtime_error("chanx: libsodium could not be initialised");
    std::array<unsigned char, 64> random{};
    bytes = std::min(bytes, random.size());
    randombytes_buf(random.data(), bytes);
    return to_hex(std::span(random).first(bytes));
}

}  // namespace chanx::detail
