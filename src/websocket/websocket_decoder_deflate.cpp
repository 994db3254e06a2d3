#include "websocket/close_frame.hpp"
#include "websocket/deflate.hpp"
#include "websocket/websocket_decoder.hpp"

#include <algorithm>
#include <new>

// What of a client's messages is compressed (RFC 7692).

namespace chanx::detail {

namespace {

/// The smallest room for what comes out of a message.
constexpr std::size_t min_room = 256;
/// What is decompressed at a time of a message in parts: what of it is not taken has been unmasked for
/// nothing.
constexpr std::size_t portion_size = 4096;
/// The longest part of a compressed message.
constexpr std::size_t max_inflated_part_size = std::size_t{16} << 10;
/// What a decompressor takes, for who asks: zlib's window, and its state.
constexpr std::size_t inflater_size = std::size_t{40} << 10;

}  // namespace

/// A compressed message that is given in parts.
struct WebsocketDecoder::Inflating {
    Inflater inflater;
    std::size_t room;
    std::unique_ptr<char[]> out;
    std::uint64_t given = 0;
};

void WebsocketDecoder::EndInflating::operator()(Inflating* inflating) const noexcept {
    delete inflating;
}

std::size_t WebsocketDecoder::buffer_capacity() const noexcept {
    return capacity_ + (parts_ && parts_->inflating ? parts_->inflating->room + inflater_size : 0);
}

void WebsocketDecoder::give_parts(std::uint64_t max_message_size, std::size_t max_part_size) {
    parts_ =
        std::make_unique<Parts>(Parts{max_message_size, std::max(max_part_size, max_control_payload_size)});
}

void WebsocketDecoder::end_inflating() noexcept {
    if (parts_) parts_->inflating.reset();
}

WebsocketDecoder::Problem WebsocketDecoder::decompress(std::string_view payload) noexcept {
    if (!decompresses_) {
        size_ = 0;
        delivered_ = Delivered::message;
        return {};
    }
    if (const Problem problem = inflate(payload); problem.code != 0) return problem;
    delivered_ = Delivered::message;
    if (message_opcode_ == Opcode::text && !utf8_.feed({buffer_.get(), size_})) {
        return {close_code::invalid_payload, "text is not UTF-8"};
    }
    return {};
}

// What comes out replaces what is in the buffer.
WebsocketDecoder::Problem WebsocketDecoder::inflate(std::string_view payload) noexcept {
    using enum Inflater::Outcome;
    constexpr Problem no_room = {close_code::internal_error, "no memory to decompress a message"};
    Inflater& inflater = Inflater::of_thread();
    if (!inflater.begin()) return no_room;
    std::unique_ptr<char, Free> message;
    std::size_t size = 0;
    std::size_t capacity = 0;
    for (;;) {
        if (size == capacity && capacity < max_message_size_) {
            capacity = capacity == 0 ? std::max(payload.size() * 4, min_room) : capacity * 2;
            capacity = std::min<std::size_t>(capacity, max_message_size_);
            char* const grown = static_cast<char*>(std::realloc(message.get(), capacity));
            if (grown == nullptr) return no_room;
            static_cast<void>(message.release());
            message.reset(grown);
        }
        // At the bound one byte more tells.
        char beyond;
        const bool full = size == max_message_size_;
        char* at = full ? &beyond : message.get() + size;
        const auto outcome = inflater.inflate(payload, Inflater::Input::ends_message, at,
                                              full ? &beyond + 1 : message.get() + capacity);
        if (full && at != &beyond) return {close_code::too_big, "message too big"};
        if (!full) size = static_cast<std::size_t>(at - message.get());
        if (outcome == whole) break;
        if (outcome == no_memory) return no_room;
        if (outcome != need_room)
            return {close_code::invalid_payload, "message is not compressed as agreed on"};
    }
    buffer_ = std::move(message);
    size_ = static_cast<std::uint32_t>(size);
    capacity_ = static_cast<std::uint32_t>(capacity);
    return {};
}

void WebsocketDecoder::discard_part(char*& begin, char* end) noexcept {
    end_inflating();
    const std::size_t count = std::min(static_cast<std::size_t>(end - begin), remaining_);
    begin += count;
    remaining_ -= count;
    if (remaining_ != 0) return;
    state_ = State::header;
    if (!fin_) return;
    message_opcode_ = Opcode::continuation;
    parts_->declared = 0;
}

DecoderEvent WebsocketDecoder::read_compressed_part(char*& begin, char* end) noexcept {
    using enum Inflater::Outcome;
    constexpr Problem no_room = {close_code::internal_error, "no memory to decompress a message"};
    more_parts_ = false;
    if (!decompresses_) {
        discard_part(begin, end);
        return {};
    }
    if (!parts_->inflating) {
        const std::size_t room = std::min(parts_->max_part_size, max_inflated_part_size);
        std::unique_ptr<char[]> out(new (std::nothrow) char[room]);
        parts_->inflating.reset(new (std::nothrow)
                                    Inflating{.inflater = {}, .room = room, .out = std::move(out)});
        if (!parts_->inflating || !parts_->inflating->out || !parts_->inflating->inflater.begin())
            return fail(no_room);
    }
    Inflating& inflating = *parts_->inflating;
    char* const part = inflating.out.get();
    char* at = part;
    Inflater::Outcome outcome;
    do {
        const std::size_t count = std::min({static_cast<std::size_t>(end - begin), remaining_, portion_size});
        static_cast<void>(apply_mask(begin, count, mask_));
        const bool ends = fin_ && count == remaining_;
        std::string_view rest(begin, count);
        outcome = inflating.inflater.inflate(
            rest, ends ? Inflater::Input::ends_message : Inflater::Input::more_follows, at,
            part + inflating.room);
        // What was not taken comes again, so it is masked as it was.
        const std::size_t taken = count - rest.size();
        begin += taken;
        remaining_ -= taken;
        mask_ = advance_mask(mask_, taken);
        static_cast<void>(apply_mask(begin, rest.size(), mask_));
    } while (outcome == need_input && remaining_ != 0 && begin != end);

    const auto size = static_cast<std::size_t>(at - part);
    inflating.given += size;
    // First, so that it makes no difference how the bytes were cut.
    if (inflating.given > parts_->max_message_size) return fail({close_code::too_big, "message too big"});
    if (outcome == no_memory) return fail(no_room);
    if (outcome == bad_data)
        return fail({close_code::invalid_payload, "message is not compressed as agreed on"});
    if (outcome == whole) {
        state_ = State::header;
        message_opcode_ = Opcode::continuation;
        parts_->declared = 0;
        delivered_ = Delivered::message;  // the part is inside of what is freed then
        return {DecoderEvent::Kind::last_part, 0, {part, size}};
    }
    if (outcome == need_room) {
        more_parts_ = true;
    } else if (remaining_ == 0) {
        state_ = State::header;
    }
    if (size == 0) return {};
    if (state_ == State::payload) count_part();
    return {DecoderEvent::Kind::part, 0, {part, size}};
}

}  // namespace chanx::detail
