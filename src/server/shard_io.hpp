#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "runtime/loop.hpp"

namespace chanx::detail {

class SocketTransport;

/// What the sockets of one loop share: a buffer to read into, a buffer to gather small frames in, and the list of
/// those that have something to flush at the end of the turn.
class ShardIo {
 public:
    static constexpr std::size_t read_size = std::size_t{64} << 10;
    static constexpr std::size_t gather_size = std::size_t{64} << 10;

    explicit ShardIo(Loop& l) : loop(l), read_buffer(new char[read_size]), gather_buffer(new char[gather_size]) {}

    /// Flushes the transport once the input that is there has been used up.
    void mark_dirty(std::shared_ptr<SocketTransport> transport);

    Loop& loop;
    std::unique_ptr<char[]> read_buffer;
    std::unique_ptr<char[]> gather_buffer;

 private:
    void flush_all();

    std::vector<std::shared_ptr<SocketTransport>> dirty_;
    std::vector<std::shared_ptr<SocketTransport>> flushing_;
    bool flush_posted_ = false;
};

}  // namespace chanx::detail
