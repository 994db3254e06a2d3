#pragma once

#include <cstddef>

namespace chanx {

/// Compression of messages (permessage-deflate, RFC 7692), with clients that offer it. Off unless it is asked for: read
/// docs/reference/compression.md on secrets first.
///
/// Each message is compressed by itself, so that no connection owns a compressor, and one that goes to a whole group
/// is compressed once.
struct CompressionOptions {
    bool enabled = false;
    /// zlib's, from 1, the fastest, to 9.
    int level = 1;
    /// Smaller messages are sent as they are, in bytes: the work is worth more than what it would save.
    std::size_t min_size = 256;
    /// Larger ones too: compressing one holds up the other connections of its loop, for about 10 ms a mebibyte.
    std::size_t max_size = std::size_t{1} << 20;

    bool operator==(const CompressionOptions&) const = default;
};

}  // namespace chanx
