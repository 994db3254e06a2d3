#pragma once

#include <chanx/message/delivery.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace chanx {

/// What a WebSocket frame carries (RFC 6455 section 5.2).
enum class FrameKind : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Where a frame stands among those of its message (RFC 6455 section 5.4).
enum class FramePlace : std::uint8_t { only, first, middle, last };

class FramePtr;

/// How a frame is delivered, in short: of what is `latest` the newest takes an older one's place.
struct FrameDelivery {
    DeliveryClass kind = DeliveryClass::must_deliver;
    std::uint64_t key = 0;

    /// The key is made of action and Delivery::key, so that nobody finds two that are one
    static FrameDelivery of(std::string_view action, const Delivery& delivery);
};

namespace detail {

template <class M>
FrameDelivery frame_delivery_of(const M& message) {
    if constexpr (DeliveryFacts<M>::kind == DeliveryClass::must_deliver) return {};
    return FrameDelivery::of(M::action, delivery_of(message));
}

}  // namespace detail

/// One frame, ready for the wire: header and payload made once, never changed, and shared by the outboxes of
/// all connections that get it. From any thread.
class Frame {
 public:
    /// @throws std::bad_alloc
    static FramePtr make(FrameKind kind, std::string_view payload, FrameDelivery delivery = {});
    /// One frame of a binary message that is sent in several.
    static FramePtr make_part(FramePlace place, std::string_view payload);
    /// A Close frame. The reason is cut to 123 bytes at a character (RFC 6455 section 5.5.1).
    static FramePtr make_close(std::uint16_t code, std::string_view reason);

    /// Of what its message carries, in each of its frames.
    FrameKind kind() const noexcept { return kind_; }
    FramePlace place() const noexcept;
    FrameDelivery delivery() const noexcept { return {delivery_class_, delivery_key_}; }
    /// No Close, and of no class but must_deliver.
    bool is_ordinary() const noexcept { return ordinary_; }
    /// It is a data frame, and its message's last or only one.
    bool ends_message() const noexcept { return (static_cast<unsigned char>(*bytes()) & 0x88U) == 0x80U; }
    /// Header and payload.
    std::string_view wire() const noexcept { return {bytes(), header_size_ + payload_size_}; }
    std::string_view payload() const noexcept { return {bytes() + header_size_, payload_size_}; }
    std::size_t wire_size() const noexcept { return header_size_ + payload_size_; }
    /// Whether the payload is compressed (RFC 7692).
    bool is_compressed() const noexcept { return (static_cast<unsigned char>(*bytes()) & 0x40U) != 0; }

    /// The same message compressed by itself, or this very frame where that would be no smaller, or memory lacks. It is
    /// made by the first who asks, with its level, for all, and lives as long as this frame.
    /// @param level  zlib's, 1 to 9
    /// @throws std::bad_alloc
    FramePtr compressed(int level) const;

    /// Adds references, many at a time: each goes to a FramePtr or is given back with release().
    void share(std::uint32_t count = 1) noexcept { references_.fetch_add(count, std::memory_order_relaxed); }
    /// Gives references back; the frame ends with the last one.
    void release(std::uint32_t count = 1) noexcept {
        if (references_.fetch_sub(count, std::memory_order_acq_rel) == count) destroy();
    }

 private:
    Frame(FrameKind kind, std::size_t header_size, std::size_t payload_size, FrameDelivery delivery) noexcept
        : kind_(kind), header_size_(static_cast<std::uint8_t>(header_size)),
          ordinary_(kind != FrameKind::close && delivery.kind == DeliveryClass::must_deliver),
          delivery_class_(delivery.kind), payload_size_(payload_size), delivery_key_(delivery.key) {}
    const char* bytes() const noexcept { return reinterpret_cast<const char*>(this + 1); }
    void destroy() noexcept;
    [[gnu::noinline]] void drop_compressed() noexcept;

    std::atomic<std::uint32_t> references_{1};
    FrameKind kind_;
    std::uint8_t header_size_;
    bool ordinary_;
    DeliveryClass delivery_class_;
    std::size_t payload_size_;
    std::uint64_t delivery_key_;
    mutable std::atomic<Frame*> compressed_{nullptr};  // a reference of ours; this one itself: it stays as it is
};

/// Shares a frame.
class FramePtr {
 public:
    FramePtr() noexcept = default;
    /// Takes over one reference.
    explicit FramePtr(Frame* frame) noexcept : frame_(frame) {}
    /// Adds a reference.
    static FramePtr share(Frame* frame) noexcept {
        if (frame != nullptr) frame->share();
        return FramePtr(frame);
    }
    FramePtr(const FramePtr& other) noexcept : FramePtr(share(other.frame_)) {}
    FramePtr(FramePtr&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    FramePtr& operator=(FramePtr other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~FramePtr() {
        if (frame_ != nullptr) frame_->release();
    }

    const Frame* get() const noexcept { return frame_; }
    const Frame& operator*() const noexcept { return *frame_; }
    const Frame* operator->() const noexcept { return frame_; }
    explicit operator bool() const noexcept { return frame_ != nullptr; }
    /// Gives up this reference without releasing it.
    Frame* detach() noexcept { return std::exchange(frame_, nullptr); }

 private:
    Frame* frame_ = nullptr;
};

}  // namespace chanx
