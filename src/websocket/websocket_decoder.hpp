#pragma once

#include "websocket/frame_header.hpp"
#include "websocket/masking.hpp"
#include "websocket/utf8_validator.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace chanx::detail {

class Inflater;

/// What a client's bytes meant.
struct DecoderEvent {
    enum class Kind : std::uint8_t {
        need_more,  ///< every byte was taken; read on
        enough,     ///< a turn's frames have been taken, and more is there: see begin_turn()
        text,       ///< a whole text message, valid UTF-8
        binary,     ///< a whole binary message
        part,       ///< the next bytes of a binary message that is given in parts
        last_part,  ///< and the last ones, which may be none
        ping,       ///< to be answered with a pong of the same payload
        pong,
        close,  ///< the peer's Close: `code` (1005 when it had none) and its reason; the last event
        error,  ///< the peer broke a rule: close with `code`; the payload says why, in words; the last event
    };

    Kind kind = Kind::need_more;
    std::uint16_t code = 0;
    std::string_view payload = {};  ///< valid until the decoder is called again; an error's stays valid
};

/// The server's half of RFC 6455 framing: takes a client's bytes in any portions and gives its messages. It
/// does no input or output.
///
/// A message of one frame that lies whole in the given bytes is unmasked where it lies and handed out as a
/// view. Anything else is gathered in a buffer of the decoder's own, which grows with the bytes that really
/// came (never by a declared length), holds at most `max_message_size` + 125 bytes, and is freed by the call
/// after the one that handed the message out; so an idle connection owns none. Binary messages may be asked
/// for in parts, which are handed out where they lie and never gathered.
///
/// Where compression has been agreed on, a compressed message is gathered as it comes, up to an eighth more than
/// `max_message_size`, and decompressed at its end into a buffer that grows with what comes out, to `max_message_size`
/// at most. In parts it is decompressed as it comes; it alone owns a decompressor, and room for one part, until its end.
///
///     char* at = buffer;
///     for (;;) {
///         const DecoderEvent event = decoder.next(at, buffer + received);
///         if (event.kind == DecoderEvent::Kind::need_more) break;
///         handle(event);  // may also stop here and come back later with what is left from `at`
///     }
class WebsocketDecoder {
  public:
    /// @param max_message_size the longest message taken, in bytes of payload over all its fragments; a
    /// longer one is error 1009 as soon as its declared length is known
    explicit WebsocketDecoder(std::size_t max_message_size) noexcept { set_max_message_size(max_message_size); }

    /// Only between messages, when inside_message() is false. No more than some 4 GiB, for it is gathered.
    void set_max_message_size(std::size_t bytes) noexcept {
        // A control frame may have to be gathered behind it.
        max_message_size_ = std::min(clamped(bytes), ~std::uint32_t{0} - 125);
    }
    /// The most frames of one message, 1 or more; one that goes on is error 1009. Messages given in parts may have any
    /// number. No bound unless it is set.
    void set_max_fragments(std::size_t frames) noexcept { max_fragments_ = clamped(frames); }

    /// From now on binary messages are given in parts as they come; only between messages.
    /// @param max_message_size the longest binary message then; set_max_message_size() holds for text
    /// @param max_part_size in bytes; one of 125 is always given
    void give_parts(std::uint64_t max_message_size, std::size_t max_part_size);

    /// From now on messages may be compressed (RFC 7692), each by itself; only between messages.
    void accept_compressed() noexcept { accepts_compressed_ = true; }

    /// Decodes up to the end of the next event and moves `begin` behind the bytes used, which it changes
    /// (unmasking). The bytes from `begin` on are untouched. After `close` or `error` all bytes are dropped
    /// and `need_more` is returned.
    /// @throws std::bad_alloc when there is no memory for an incomplete message
    [[nodiscard]] DecoderEvent next(char*& begin, char* end);

    /// A turn begins, in which so many frames are taken, whether they make an event or not; next() then gives `enough`
    /// until the next turn. Of a frame that is given in several parts each counts as one. Any number where it is never
    /// called.
    void begin_turn(std::uint32_t frames) noexcept { frames_left_ = frames; }
    /// True when the turn's frames have been taken.
    [[nodiscard]] bool turn_over() const noexcept { return frames_left_ == 0; }

    /// From now on nobody wants messages: of those that are compressed the whole ones are given empty and the parts not at
    /// all, without being decompressed.
    void stop_decompressing() noexcept { decompresses_ = false; }

    /// True after `close` or `error`.
    [[nodiscard]] bool ended() const noexcept { return state_ == State::ended; }

    /// True while a message or a frame has begun and is not yet whole.
    [[nodiscard]] bool inside_message() const noexcept {
        return state_ == State::payload || header_size_ != 0 || message_opcode_ != Opcode::continuation;
    }

    /// True after a part where more of its message may follow without further bytes.
    [[nodiscard]] bool has_more_parts() const noexcept { return more_parts_; }

    /// The bytes of memory that the decoder owns beside itself.
    [[nodiscard]] std::size_t buffer_capacity() const noexcept;

  private:
    enum class State : std::uint8_t { header, payload, ended };
    enum class Delivered : std::uint8_t { nothing, control, message };

    struct Problem {
        std::uint16_t code = 0;
        std::string_view text = {};
    };

    struct Inflating;
    struct EndInflating {
        void operator()(Inflating* inflating) const noexcept;
    };

    /// How binary messages are given in parts.
    struct Parts {
        std::uint64_t max_message_size;
        std::size_t max_part_size;
        std::uint64_t declared = 0;  // the payloads of the frames of the message up to now
        std::unique_ptr<Inflating, EndInflating> inflating = nullptr;  // while the message is compressed
    };

    struct Free {
        void operator()(char* memory) const noexcept { std::free(memory); }
    };

    static std::uint32_t clamped(std::size_t value) noexcept {
        return static_cast<std::uint32_t>(std::min<std::size_t>(value, ~std::uint32_t{0}));
    }
    [[nodiscard]] std::string_view take_short_message(char*& begin, char* end) noexcept;
    std::size_t read_header(const unsigned char* bytes, std::size_t available, Problem& problem) noexcept;
    [[nodiscard]] const char* first_byte_problem(unsigned first) const noexcept;
    [[nodiscard]] std::uint64_t room_for(Opcode opcode) const noexcept;
    [[nodiscard]] std::uint64_t most_received(std::uint64_t max_message_size) const noexcept;
    [[nodiscard]] DecoderEvent read_payload(char*& begin, char* end);
    [[nodiscard]] DecoderEvent read_part(char*& begin, char* end) noexcept;
    [[nodiscard]] DecoderEvent read_compressed_part(char*& begin, char* end) noexcept;
    void discard_part(char*& begin, char* end) noexcept;
    [[nodiscard]] DecoderEvent finish_control(std::string_view payload) noexcept;
    [[nodiscard]] DecoderEvent finish_close(std::string_view payload) noexcept;
    [[nodiscard]] DecoderEvent finish_message(std::string_view payload) noexcept;
    [[nodiscard]] Problem decompress(std::string_view payload) noexcept;
    [[nodiscard]] Problem inflate(std::string_view payload) noexcept;
    [[nodiscard, gnu::noinline]] DecoderEvent fail(Problem problem) noexcept;
    void append(const char* bytes, std::size_t count);
    void drop_delivered() noexcept;
    void free_buffer() noexcept;
    void end_inflating() noexcept;
    void count_part() noexcept {
        if (frames_left_ != 0) --frames_left_;
    }

    // The buffer holds the unfinished message and behind it the control frame that interrupts it, if any.
    std::unique_ptr<char, Free> buffer_;
    std::unique_ptr<Parts> parts_;
    std::size_t remaining_ = 0;  // of the current frame's payload
    std::uint32_t size_ = 0;
    std::uint32_t capacity_ = 0;
    std::uint32_t max_message_size_;
    std::uint32_t max_fragments_ = ~std::uint32_t{0};
    std::uint32_t fragments_ = 0;  // frames of the current message
    std::uint32_t frames_left_ = ~std::uint32_t{0};  // of the turn
    MaskKey mask_ = 0;           // turned to the next byte of the payload
    Utf8Validator utf8_;
    State state_ = State::header;
    Delivered delivered_ = Delivered::nothing;  // what of the buffer the next call has to drop
    bool fin_ = false;
    bool accepts_compressed_ = false;
    bool compressed_ = false;  // the message, or the last one
    bool more_parts_ = false;
    bool decompresses_ = true;
    Opcode frame_opcode_ = Opcode::continuation;
    Opcode message_opcode_ = Opcode::continuation;  // continuation: no message has begun
    std::uint8_t control_size_ = 0;
    std::uint8_t header_size_ = 0;
    unsigned char header_[max_client_header_size];  // the first header_size_ bytes of a header that was cut
};

}  // namespace chanx::detail
