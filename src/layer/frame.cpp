#include <chanx/awaitable.hpp>
#include <chanx/layer/frame.hpp>

#include <sodium.h>

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "websocket/close_frame.hpp"
#include "websocket/deflate.hpp"
#include "websocket/frame_header.hpp"

namespace chanx {

FrameDelivery FrameDelivery::of(std::string_view action, const Delivery& delivery) {
    if (delivery.kind != DeliveryClass::latest) return {.kind = delivery.kind};
    // Keys may be of peers' making, who must not be able to find two that get into each other's way.
    static const auto secret = [] {
        std::array<unsigned char, crypto_shorthash_KEYBYTES> key{};
        randombytes_buf(key.data(), key.size());
        return key;
    }();
    std::string text(action);
    text.push_back('\0');
    text += delivery.key;
    std::array<unsigned char, crypto_shorthash_BYTES> hash{};
    static_assert(sizeof hash == sizeof(std::uint64_t));
    crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), secret.data());
    return {.kind = DeliveryClass::latest, .key = std::bit_cast<std::uint64_t>(hash)};
}

FramePtr Frame::make(FrameKind kind, std::string_view payload, FrameDelivery delivery) {
    char header[detail::max_server_header_size];
    const std::size_t header_size =
        detail::write_frame_header(header, static_cast<detail::Opcode>(kind), payload.size());
    // Small ones are recycled like coroutine frames.
    void* memory = detail::allocate_frame(sizeof(Frame) + header_size + payload.size());
    auto* frame = ::new (memory) Frame(kind, header_size, payload.size(), delivery);
    char* bytes = static_cast<char*>(memory) + sizeof(Frame);
    std::memcpy(bytes, header, header_size);
    if (!payload.empty()) std::memcpy(bytes + header_size, payload.data(), payload.size());
    return FramePtr(frame);
}

FramePtr Frame::make_part(FramePlace place, std::string_view payload) {
    FramePtr frame = make(FrameKind::binary, payload);
    const bool begins = place == FramePlace::only || place == FramePlace::first;
    const bool ends = place == FramePlace::only || place == FramePlace::last;
    const auto opcode = begins ? detail::Opcode::binary : detail::Opcode::continuation;
    // Nobody else has it yet.
    *const_cast<char*>(frame->bytes()) =
        static_cast<char>((ends ? 0x80U : 0U) | static_cast<unsigned>(opcode));
    return frame;
}

FramePlace Frame::place() const noexcept {
    const auto first = static_cast<unsigned char>(*bytes());
    const bool begins = (first & 0x0FU) != static_cast<unsigned>(detail::Opcode::continuation);
    if ((first & 0x80U) != 0) return begins ? FramePlace::only : FramePlace::last;
    return begins ? FramePlace::first : FramePlace::middle;
}

FramePtr Frame::make_close(std::uint16_t code, std::string_view reason) {
    return make(FrameKind::close, detail::ClosePayload(code, reason).view());
}

FramePtr Frame::compressed(int level) const {
    auto* const self = const_cast<Frame*>(this);  // for its count
    Frame* found = compressed_.load(std::memory_order_acquire);
    if (found == nullptr) {
        const auto room = std::make_unique_for_overwrite<char[]>(payload_size_ + 4);
        const std::size_t size = detail::Deflater::of_thread().deflate(payload(), level, room.get());
        FramePtr made;
        if (size != 0) {
            made = make(kind_, {room.get(), size}, delivery());
            char& first = *const_cast<char*>(made->bytes());
            first = static_cast<char>(static_cast<unsigned char>(first) | 0x40U);
        }
        Frame* const mine = made ? const_cast<Frame*>(made.get()) : self;
        // Two loops may make it at the same time; the first one stays.
        if (compressed_.compare_exchange_strong(found, mine, std::memory_order_acq_rel)) {
            found = mine;
            static_cast<void>(made.detach());
        }
    }
    return FramePtr::share(found);
}

void Frame::drop_compressed() noexcept {
    Frame* const other = compressed_.load(std::memory_order_relaxed);
    if (other != this) other->release();
}

void Frame::destroy() noexcept {
    if (compressed_.load(std::memory_order_acquire) != nullptr) [[unlikely]] drop_compressed();
    const std::size_t size = sizeof(Frame) + wire_size();
    this->~Frame();
    detail::deallocate_frame(this, size);
}

}  // namespace chanx
