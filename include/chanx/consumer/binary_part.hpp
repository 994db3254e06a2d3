#pragma once

#include <cstdint>
#include <string>

namespace chanx {

/// A part of a binary message. Where one ends says nothing: it depends on how the bytes arrived.
struct BinaryPart {
    /// Empty only where it is the last one.
    std::string data{};
    /// The bytes of the message before it.
    std::uint64_t offset = 0;
    /// It begins its message; where it is the last one too, it is the whole message.
    bool first = false;
    /// It ends its message.
    bool last = false;
};

}  // namespace chanx
