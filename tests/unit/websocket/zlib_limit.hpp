#pragma once

#include "websocket/deflate.hpp"

#include <cstddef>
#include <limits>

/// While it lives zlib gets at most so many bytes more than it has.
class ZlibLimit {
  public:
    explicit ZlibLimit(std::size_t bytes) {
        chanx::detail::ZlibMemory::set_limit(chanx::detail::ZlibMemory::in_use() + bytes);
    }
    ZlibLimit(const ZlibLimit&) = delete;
    ZlibLimit& operator=(const ZlibLimit&) = delete;
    ~ZlibLimit() { chanx::detail::ZlibMemory::set_limit(std::numeric_limits<std::size_t>::max()); }
};
