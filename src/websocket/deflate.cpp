#include "websocket/deflate.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>

namespace chanx::detail {

namespace {

/// What ends every compressed message and is not sent (RFC 7692 section 7.2.1): an empty block without its
/// first bits.
constexpr std::string_view tail{"\x00\x00\xff\xff", 4};
/// Without the header and checksum of zlib's own format, and with the largest window.
constexpr int raw_window_bits = -15;
constexpr int memory_level = 8;
/// zlib counts in 32 bits.
constexpr std::size_t most_at_a_time = std::size_t{1} << 30;

std::atomic<std::size_t> zlib_bytes{0};
std::atomic<std::size_t> zlib_limit{std::numeric_limits<std::size_t>::max()};

// Each piece has its size before it, so that what is given back can be counted.
constexpr std::size_t head = alignof(std::max_align_t);

void* allocate(void*, unsigned items, unsigned size) {
    const std::size_t bytes = std::size_t{items} * size;
    const std::size_t limit = zlib_limit.load(std::memory_order_relaxed);
    const std::size_t used = zlib_bytes.load(std::memory_order_relaxed);
    if (used > limit || bytes > limit - used) return nullptr;
    auto* const memory = static_cast<char*>(std::malloc(head + bytes));
    if (memory == nullptr) return nullptr;
    *reinterpret_cast<std::size_t*>(memory) = bytes;
    zlib_bytes.fetch_add(bytes, std::memory_order_relaxed);
    return memory + head;
}

void release(void*, void* address) {
    char* const memory = static_cast<char*>(address) - head;
    zlib_bytes.fetch_sub(*reinterpret_cast<std::size_t*>(memory), std::memory_order_relaxed);
    std::free(memory);
}

Bytef* bytes(const char* text) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(text));
}

}  // namespace

std::size_t ZlibMemory::in_use() noexcept {
    return zlib_bytes.load(std::memory_order_relaxed);
}
void ZlibMemory::set_limit(std::size_t limit) noexcept {
    zlib_limit.store(limit, std::memory_order_relaxed);
}

Inflater::~Inflater() {
    if (made_) inflateEnd(&stream_);
}

Inflater& Inflater::of_thread() noexcept {
    thread_local Inflater inflater;
    return inflater;
}

bool Inflater::begin() noexcept {
    begun_ = final_ = false;
    tail_ = 0;
    if (made_) return inflateReset(&stream_) == Z_OK;
    stream_.zalloc = allocate;
    stream_.zfree = release;
    made_ = inflateInit2(&stream_, raw_window_bits) == Z_OK;
    return made_;
}

Inflater::Outcome Inflater::inflate(std::string_view& in, Input input, char*& out, char* end) noexcept {
    if (!in.empty()) begun_ = true;
    const Outcome outcome = run(in, out, end);
    if (outcome != Outcome::need_input || input == Input::more_follows) return outcome;
    // Some send nothing at all for an empty message, and some end with a last block and nothing behind it.
    if (!begun_ || (final_ && tail_ == 0)) return Outcome::whole;
    std::string_view rest = tail.substr(tail_);
    const Outcome last = run(rest, out, end);
    tail_ = tail.size() - rest.size();
    if (last != Outcome::need_input) return last;
    // Between two blocks, with no bits left over, or behind the last one.
    constexpr int at_block = 128;
    constexpr int left_over = 63;
    const bool ends = final_ || ((stream_.data_type & at_block) != 0 && (stream_.data_type & left_over) == 0);
    return ends ? Outcome::whole : Outcome::bad_data;
}

Inflater::Outcome Inflater::run(std::string_view& in, char*& out, char* end) noexcept {
    for (;;) {
        if (final_) {
            if (in.empty()) return Outcome::need_input;
            // More blocks may follow the last one (section 7.2.3.4), and may refer to what came before it.
            if (inflateResetKeep(&stream_) != Z_OK) return Outcome::bad_data;
            final_ = false;
        }
        const std::size_t given = std::min(in.size(), most_at_a_time);
        const std::size_t room = std::min(static_cast<std::size_t>(end - out), most_at_a_time);
        if (room == 0) return Outcome::need_room;
        stream_.next_in = bytes(in.data());
        stream_.avail_in = static_cast<uInt>(given);
        stream_.next_out = bytes(out);
        stream_.avail_out = static_cast<uInt>(room);
        const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
        const std::size_t taken = given - stream_.avail_in;
        in.remove_prefix(taken);
        out += room - stream_.avail_out;
        if (result == Z_STREAM_END) {
            final_ = true;
            continue;
        }
        if (result == Z_MEM_ERROR) return Outcome::no_memory;
        if (result != Z_OK && result != Z_BUF_ERROR) return Outcome::bad_data;
        if (stream_.avail_out == 0) {
            if (out == end) return Outcome::need_room;
        } else if (in.empty()) {
            return Outcome::need_input;
        } else if (taken == 0) {
            return Outcome::bad_data;
        }
    }
}

Deflater::~Deflater() {
    if (level_ != 0) deflateEnd(&stream_);
}

Deflater& Deflater::of_thread() noexcept {
    thread_local Deflater deflater;
    return deflater;
}

std::size_t Deflater::deflate(std::string_view message, int level, char* out) noexcept {
    if (message.empty() || message.size() > most_at_a_time) return 0;
    if (level_ == 0) {
        stream_.zalloc = allocate;
        stream_.zfree = release;
        if (deflateInit2(&stream_, level, Z_DEFLATED, raw_window_bits, memory_level, Z_DEFAULT_STRATEGY) !=
            Z_OK)
            return 0;
        level_ = level;
    } else if (deflateReset(&stream_) != Z_OK) {
        return 0;
    }
    const std::size_t room = message.size() + tail.size();
    stream_.next_in = bytes(message.data());
    stream_.avail_in = static_cast<uInt>(message.size());
    stream_.next_out = bytes(out);
    stream_.avail_out = static_cast<uInt>(room);
    if (level != level_) {
        if (deflateParams(&stream_, level, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
        level_ = level;
    }
    // With room to spare it is complete, and smaller than the message once the tail is off.
    if (::deflate(&stream_, Z_SYNC_FLUSH) != Z_OK || stream_.avail_out == 0) return 0;
    return room - stream_.avail_out - tail.size();
}

}  // namespace chanx::detail
