#pragma once

// What the fuzz targets have in common. An input is text as far as possible, so that seeds can be read: its
// first byte chooses between a target's ways, the rest is what is tried.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace fuzz {

/// Ends the program, which is what the fuzzer takes for a find.
inline void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

/// As check, with the text that it is about.
inline void check(bool holds, const char* what, std::string_view about) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s: %.*s\n", what, static_cast<int>(about.size()), about.data());
    std::abort();
}

/// An input, taken piece by piece.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

    bool empty() const noexcept { return rest_.empty(); }
    unsigned char byte() {
        if (rest_.empty()) return 0;
        const auto first = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }
    std::string_view line() {
        const std::size_t end = rest_.find('\n');
        const std::string_view taken = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return taken;
    }
    std::string_view rest() { return std::exchange(rest_, {}); }

  private:
    std::string_view rest_;
};

}  // namespace fuzz
