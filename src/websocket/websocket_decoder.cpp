#include "websocket/websocket_decoder.hpp"

#include "websocket/close_frame.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace chanx::detail {

namespace {

// The smallest buffer, so that a message which comes byte by byte does not begin with a row of reallocations.
constexpr std::size_t min_capacity = 128;

constexpr unsigned rsv1 = 0x40;

constexpr DecoderEvent enough() noexcept { return {DecoderEvent::Kind::enough, 0, {}}; }

std::uint64_t read_big_endian(const unsigned char* bytes, int count) noexcept {
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 8U | bytes[i];
    return value;
}

}  // namespace

DecoderEvent WebsocketDecoder::next(char*& begin, char* end) {
    if (delivered_ != Delivered::nothing) drop_delivered();
    if (state_ == State::header && header_size_ == 0 && message_opcode_ == Opcode::continuation) {
        if (const std::string_view payload = take_short_message(begin, end); payload.data() != nullptr) {
            return finish_message(payload);
        }
    } else if (frames_left_ == 0 && state_ == State::payload && (begin != end || more_parts_)) {
        // Of a frame that has begun the rest waits, too.
        return enough();
    }
    for (;;) {
        if (state_ == State::payload) {
            const DecoderEvent event = read_payload(begin, end);
            if (event.kind != DecoderEvent::Kind::need_more || state_ == State::payload) return event;
        }
        if (begin == end) return {};
        if (state_ == State::ended) {
            begin = end;
            return {};
        }
        if (frames_left_ == 0) return enough();

        const auto available = static_cast<std::size_t>(end - begin);
        Problem problem;
        if (header_size_ == 0) {
            const std::size_t size = read_header(reinterpret_cast<unsigned char*>(begin), available, problem);
            if (size != 0) {
                begin += size;
                continue;
            }
        } else {
            const std::size_t copied = std::min(available, sizeof header_ - header_size_);
            std::memcpy(header_ + header_size_, begin, copied);
            const std::size_t size = read_header(header_, header_size_ + copied, problem);
            if (size != 0) {
                begin += size - header_size_;
                header_size_ = 0;
                continue;
            }
        }
        if (problem.code != 0) return fail(problem);
        // A header is at most as long as header_, so what is incomplete always fits.
        if (header_size_ == 0) std::memcpy(header_, begin, available);
        header_size_ = static_cast<std::uint8_t>(header_size_ + available);
        begin = end;
        return {};
    }
}

// The way of most frames: a message of at most 125 bytes that is whole and alone. Whatever is not that, right
// or wrong, is left untouched to the general way.
std::string_view WebsocketDecoder::take_short_message(char*& begin, char* end) noexcept {
    constexpr std::size_t header_size = 2 + 4;
    char* const bytes = begin;
    const auto available = static_cast<std::size_t>(end - bytes);
    if (available < header_size) return {};
    const unsigned opcode = static_cast<unsigned char>(bytes[0]) ^ 0x80U;
    const unsigned size = static_cast<unsigned char>(bytes[1]) ^ 0x80U;
    if (opcode - 1 > 1 || size > max_control_payload_size || size > available - header_size ||
        size > max_message_size_ || frames_left_ == 0) {
        return {};
    }
    --frames_left_;
    MaskKey key;
    std::memcpy(&key, bytes + 2, 4);
    begin = bytes + header_size + size;
    message_opcode_ = static_cast<Opcode>(opcode);
    const std::string_view payload(bytes + header_size, size);
    // A wrong byte stays known to the validator until the end of the message, which is here.
    if (!apply_mask(bytes + header_size, size, key) && message_opcode_ == Opcode::text) {
        static_cast<void>(utf8_.feed(payload));
    }
    return payload;
}

// Returns the header's size, or 0 with a problem, or 0 without one when bytes are missing. Everything is
// checked in the order of the bytes, so that how the header was cut makes no difference.
std::size_t WebsocketDecoder::read_header(const unsigned char* bytes, std::size_t available,
                                          Problem& problem) noexcept {
    const unsigned first = bytes[0];
    if (const char* text = first_byte_problem(first)) {
        problem = {close_code::protocol_error, text};
        return 0;
    }
    if (available < 2) return 0;
    if ((bytes[1] & 0x80U) == 0) {
        problem = {close_code::protocol_error, "a client's frame must be masked"};
        return 0;
    }
    const auto opcode = static_cast<Opcode>(first & 0x0FU);
    const bool control = is_control(opcode);
    std::uint64_t payload_size = bytes[1] & 0x7FU;
    std::size_t header_size = 2 + 4;
    if (payload_size > max_control_payload_size) {
        if (control) {
            problem = {close_code::protocol_error, "control frame longer than 125 bytes"};
            return 0;
        }
        const int length_bytes = payload_size == 126 ? 2 : 8;
        header_size += static_cast<std::size_t>(length_bytes);
        if (available < header_size - 4) return 0;
        payload_size = read_big_endian(bytes + 2, length_bytes);
        if (payload_size >> 63U != 0) {
            problem = {close_code::protocol_error, "payload length with its highest bit set"};
            return 0;
        }
        if (payload_size <= (length_bytes == 2 ? 125U : 0xFFFFU)) {
            problem = {close_code::protocol_error, "payload length not in its shortest form"};
            return 0;
        }
    }
    if (!control && opcode != Opcode::continuation) compressed_ = (first & rsv1) != 0;
    if (!control && payload_size > room_for(opcode)) {
        problem = {close_code::too_big, "message too big"};
        return 0;
    }
    const bool gathered = !parts_ || message_opcode_ != Opcode::binary;
    if (opcode == Opcode::continuation && gathered && fragments_ >= max_fragments_) {
        problem = {close_code::too_big, "message in too many frames"};
        return 0;
    }
    if (available < header_size) return 0;

    --frames_left_;
    std::memcpy(&mask_, bytes + header_size - 4, 4);
    remaining_ = static_cast<std::size_t>(payload_size);
    frame_opcode_ = opcode;
    fin_ = (first & 0x80U) != 0;
    if (control) {
        control_size_ = static_cast<std::uint8_t>(payload_size);
    } else if (opcode != Opcode::continuation) {
        message_opcode_ = opcode;
        fragments_ = 1;
    } else {
        ++fragments_;
    }
    if (parts_ && !control && message_opcode_ == Opcode::binary) parts_->declared += payload_size;
    state_ = State::payload;
    return header_size;
}

std::uint64_t WebsocketDecoder::room_for(Opcode opcode) const noexcept {
    const Opcode message = opcode == Opcode::continuation ? message_opcode_ : opcode;
    if (parts_ && message == Opcode::binary) return most_received(parts_->max_message_size) - parts_->declared;
    // size_ never exceeds that here: no control payload is in the buffer between frames.
    return std::min<std::uint64_t>(most_received(max_message_size_), ~std::uint32_t{0} - 125) - size_;
}

// Of a message that has so many bytes in the end. What is compressed may have grown by that, in theory.
std::uint64_t WebsocketDecoder::most_received(std::uint64_t max_message_size) const noexcept {
    if (!compressed_) return max_message_size;
    const std::uint64_t more = max_message_size / 8 + 128;
    return max_message_size + std::min(more, ~std::uint64_t{0} - max_message_size);
}

const char* WebsocketDecoder::first_byte_problem(unsigned first) const noexcept {
    const unsigned opcode = first & 0x0FU;
    // With RFC 7692 the first frame of a message may have the first of them.
    if ((first & 0x70U) != 0 && !(accepts_compressed_ && (first & 0x70U) == rsv1 && (opcode == 1 || opcode == 2))) {
        return "reserved bit set";
    }
    if (opcode >= 8) {
        if (opcode > static_cast<unsigned>(Opcode::pong)) return "reserved opcode";
        if ((first & 0x80U) == 0) return "fragmented control frame";
        return nullptr;
    }
    if (opcode > static_cast<unsigned>(Opcode::binary)) return "reserved opcode";
    const bool continues = opcode == static_cast<unsigned>(Opcode::continuation);
    const bool begun = message_opcode_ != Opcode::continuation;
    if (continues == begun) return nullptr;
    return continues ? "continuation frame without a message" : "new message inside a fragmented one";
}

DecoderEvent WebsocketDecoder::read_payload(char*& begin, char* end) {
    if (parts_ && message_opcode_ == Opcode::binary && !is_control(frame_opcode_)) {
        return compressed_ ? read_compressed_part(begin, end) : read_part(begin, end);
    }
    char* const bytes = begin;
    const std::size_t count = std::min(static_cast<std::size_t>(end - begin), remaining_);
    const bool ascii = apply_mask(bytes, count, mask_);
    const bool control = is_control(frame_opcode_);
    if (!control && message_opcode_ == Opcode::text && !compressed_ && !(ascii && (count == 0 || utf8_.at_boundary())) &&
        !utf8_.feed({bytes, count})) {
        begin += count;
        return fail({close_code::invalid_payload, "text is not UTF-8"});
    }
    const bool complete = count == remaining_;
    const bool in_place = complete && (control ? remaining_ == control_size_ : fin_ && size_ == 0);
    if (!in_place && count != 0) append(bytes, count);
    begin += count;
    remaining_ -= count;
    if (!complete) {
        mask_ = advance_mask(mask_, count);
        return {};
    }
    state_ = State::header;
    if (control) {
        if (in_place) return finish_control({bytes, count});
        delivered_ = Delivered::control;
        return finish_control({buffer_.get() + (size_ - control_size_), control_size_});
    }
    if (!fin_) return {};
    if (compressed_) {
        // What comes out is in the buffer then.
        const Problem problem = in_place ? decompress({bytes, count}) : decompress({buffer_.get(), size_});
        if (problem.code != 0) return fail(problem);
    } else if (in_place) {
        return finish_message({bytes, count});
    }
    delivered_ = Delivered::message;
    return finish_message({buffer_.get(), size_});
}

DecoderEvent WebsocketDecoder::read_part(char*& begin, char* end) noexcept {
    using enum DecoderEvent::Kind;
    char* const bytes = begin;
    const std::size_t count =
        std::min({static_cast<std::size_t>(end - begin), remaining_, parts_->max_part_size});
    static_cast<void>(apply_mask(bytes, count, mask_));
    begin += count;
    remaining_ -= count;
    const DecoderEvent given = count == 0 ? DecoderEvent{} : DecoderEvent{part, 0, {bytes, count}};
    if (remaining_ != 0) {
        mask_ = advance_mask(mask_, count);
        if (count != 0) count_part();
        return given;
    }
    state_ = State::header;
    if (!fin_) return given;
    message_opcode_ = Opcode::continuation;
    parts_->declared = 0;
    return {last_part, 0, {bytes, count}};
}

DecoderEvent WebsocketDecoder::finish_control(std::string_view payload) noexcept {
    using enum DecoderEvent::Kind;
    if (frame_opcode_ == Opcode::close) return finish_close(payload);
    return {frame_opcode_ == Opcode::ping ? ping : pong, 0, payload};
}

DecoderEvent WebsocketDecoder::finish_close(std::string_view payload) noexcept {
    if (payload.size() == 1) return fail({close_code::protocol_error, "close frame with half a code"});
    std::uint16_t code = close_code::none;
    if (!payload.empty()) {
        code = static_cast<std::uint16_t>(
            read_big_endian(reinterpret_cast<const unsigned char*>(payload.data()), 2));
        if (!is_valid_close_code(code)) return fail({close_code::protocol_error, "close code out of range"});
        payload.remove_prefix(2);
        if (valid_utf8_prefix(payload) != payload.size()) {
            return fail({close_code::invalid_payload, "close reason is not UTF-8"});
        }
    }
    state_ = State::ended;
    delivered_ = Delivered::message;  // an unfinished message will not be finished any more
    return {DecoderEvent::Kind::close, code, payload};
}

DecoderEvent WebsocketDecoder::finish_message(std::string_view payload) noexcept {
    const bool text = message_opcode_ == Opcode::text;
    message_opcode_ = Opcode::continuation;
    if (text) {
        if (!utf8_.finish()) return fail({close_code::invalid_payload, "text is not UTF-8"});
        return {DecoderEvent::Kind::text, 0, payload};
    }
    if (!parts_) return {DecoderEvent::Kind::binary, 0, payload};
    // It came the short way, which asks for no bound but that of all messages.
    if (payload.size() > parts_->max_message_size) return fail({close_code::too_big, "message too big"});
    return {DecoderEvent::Kind::last_part, 0, payload};
}

DecoderEvent WebsocketDecoder::fail(Problem problem) noexcept {
    state_ = State::ended;
    header_size_ = 0;
    delivered_ = Delivered::nothing;
    more_parts_ = false;
    end_inflating();
    free_buffer();
    return {DecoderEvent::Kind::error, problem.code, problem.text};
}

void WebsocketDecoder::append(const char* bytes, std::size_t count) {
    const std::size_t needed = size_ + count;  // at most max_message_size_ and a control frame
    if (needed > capacity_) {
        // Twice what has come, but not more than the message can need.
        const bool last_frame = fin_ && !is_control(frame_opcode_);
        const std::size_t limit = last_frame ? size_ + remaining_ : std::size_t{max_message_size_};
        const std::size_t wanted = std::max(std::size_t{capacity_} * 2, min_capacity);
        const std::size_t capacity = std::max(needed, std::min(wanted, limit));
        char* const grown = static_cast<char*>(std::realloc(buffer_.get(), capacity));
        if (grown == nullptr) throw std::bad_alloc();
        static_cast<void>(buffer_.release());
        buffer_.reset(grown);
        capacity_ = static_cast<std::uint32_t>(capacity);
    }
    std::memcpy(buffer_.get() + size_, bytes, count);
    size_ = static_cast<std::uint32_t>(needed);
}

void WebsocketDecoder::drop_delivered() noexcept {
    if (delivered_ == Delivered::control) size_ -= control_size_;
    if (delivered_ == Delivered::message) end_inflating();
    if (delivered_ == Delivered::message || size_ == 0) free_buffer();
    delivered_ = Delivered::nothing;
}

void WebsocketDecoder::free_buffer() noexcept {
    buffer_.reset();
    size_ = 0;
    capacity_ = 0;
}

}  // namespace chanx::detail
