#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace chanx {

/// A text as a template argument: `LookupBy<"pk", find_room>`.
template <std::size_t Size>
struct FixedString {
    // Implicit, for a literal to become one.
    constexpr FixedString(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }
    constexpr std::string_view view() const { return {text, Size - 1}; }

    char text[Size]{};
};

}  // namespace chanx
