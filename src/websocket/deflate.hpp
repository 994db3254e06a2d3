#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chanx::detail {

/// What zlib has allocated: for each thread a compressor and a decompressor, made when they are first needed
/// and kept, and a decompressor for each message that is just being received in parts. From any thread.
struct ZlibMemory {
    static std::size_t in_use() noexcept;
    /// Beyond it zlib gets no memory. For tests.
    static void set_limit(std::size_t bytes) noexcept;
};

/// Decompresses messages one after another (RFC 7692 section 7.2.2): the payloads of their frames in any
/// portions, without what follows them on a compressor's side, and without anything of the messages before.
class Inflater {
  public:
    enum class Outcome : std::uint8_t {
        need_input,  ///< all input was taken
        need_room,   ///< there may be more output
        whole,       ///< the message has ended
        bad_data,    ///< what came is not compressed, or stops in the middle
        no_memory,
    };
    enum class Input : std::uint8_t { more_follows, ends_message };

    Inflater() = default;
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater();

    /// A message begins. Without memory false.
    [[nodiscard]] bool begin() noexcept;
    /// Decompresses from the front of `in` to `out`, and moves both behind what was taken and given.
    /// @param input  whether the message ends with `in`; the rest of it is given again until the outcome is
    /// `whole`
    [[nodiscard]] Outcome inflate(std::string_view& in, Input input, char*& out, char* end) noexcept;

    /// That of this thread, for a message that is whole: nobody may keep it.
    static Inflater& of_thread() noexcept;

  private:
    [[nodiscard]] Outcome run(std::string_view& in, char*& out, char* end) noexcept;

    z_stream stream_{};
    bool made_ = false;
    bool begun_ = false;    // the message is not empty
    bool final_ = false;    // a block has said that it is the last one
    std::size_t tail_ = 0;  // bytes of what a compressor leaves out that were put back
};

/// Compresses messages, each by itself.
class Deflater {
  public:
    Deflater() = default;
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater();

    /// @param out  room for as many bytes as `message` has, and 4
    /// @param level  zlib's, 1 to 9
    /// @return the bytes of the frame's payload, fewer than the message's; 0 where there would be no fewer,
    /// or no memory
    [[nodiscard]] std::size_t deflate(std::string_view message, int level, char* out) noexcept;

    /// That of this thread.
    static Deflater& of_thread() noexcept;

  private:
    z_stream stream_{};
    int level_ = 0;  // 0: not made
};

}  // namespace chanx::detail
