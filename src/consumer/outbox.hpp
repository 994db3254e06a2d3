#pragma once

#include <chanx/layer/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace chanx::detail {

/// What one connection has yet to send: references to frames, in order. It counts bytes; who uses it keeps the bound.
/// Holds no memory when nothing has been sent for a while.
class Outbox {
 public:
    Outbox() = default;
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;
    ~Outbox();

    bool empty() const noexcept { return head_ == frames_.size(); }
    /// Bytes not yet sent.
    std::size_t bytes() const noexcept { return bytes_; }
    std::size_t size() const noexcept { return frames_.size() - head_; }

    void push(FramePtr frame) {
        frames_.push_back(const_cast<Frame*>(frame.get()));  // for its count
        bytes_ += frame.detach()->wire_size();
    }
    /// Puts the frames of another, of which nothing was sent, behind its own.
    void take_all(Outbox& other);
    /// In order; of the first one `sent()` bytes are gone.
    std::span<Frame* const> frames() const noexcept { return std::span(frames_).subspan(head_); }
    std::size_t sent() const noexcept { return sent_; }

    /// The unsent bytes in order, at most `most` pieces.
    template <class Take>
    void gather(std::size_t most, Take&& take) const {
        std::size_t skip = sent_;
        for (std::size_t i = head_; i < frames_.size() && most > 0; ++i, --most) {
            take(frames_[i]->wire().substr(skip));
            skip = 0;
        }
    }
    /// What went out whole.
    struct Done {
        std::size_t frames = 0;
        std::size_t messages = 0;
    };
    /// Notes that bytes were sent.
    Done consume(std::size_t bytes);
    /// Notes that all was sent, and leaves the references to who asked for frames().
    void hand_over() noexcept {
        head_ = sent_ = bytes_ = 0;
        frames_.clear();
        if (frames_.capacity() > kept_places) forget_burst();
    }
    /// Drops the last frame where it is of that kind and has not begun to be sent.
    void drop_last(FrameKind kind) noexcept;
    /// The frame of class `latest` with this key that has not begun to be sent; null where there is none.
    const Frame* find_latest(std::uint64_t key);
    /// Puts a frame in the place of what find_latest() has just found.
    void replace_latest(FramePtr frame);
    /// Drops what is droppable and has not begun to be sent. @return how many frames
    std::size_t drop_droppable();
    /// Drops what has not begun to be sent. @return how many frames
    std::size_t drop_unsent();

 private:
    /// What is kept for the next turn; what a burst needed is given back.
    static constexpr std::size_t kept_places = 16;

    /// Where frames of class `latest` are, once there are too many to look at each. All places here count those in front
    /// that have been erased since; what is found is checked, for it may have been sent.
    struct LatestPlaces {
        std::unordered_map<std::uint64_t, std::size_t> places;  // by key
        std::size_t noted = 0;                                  // all in front of it are in `places`
        std::size_t erased = 0;
    };

    std::size_t first_unsent() const noexcept { return head_ + (sent_ > 0 ? 1 : 0); }
    bool is_latest(std::size_t place, std::uint64_t key) const noexcept {
        const FrameDelivery delivery = frames_[place]->delivery();
        return delivery.kind == DeliveryClass::latest && delivery.key == key;
    }
    void note_places();
    void tidy();
    // There may be places only where there were many frames.
    [[gnu::noinline]] void forget_burst() noexcept {
        frames_ = {};
        latest_.reset();
    }

    std::vector<Frame*> frames_;  // each a reference of ours, from head_ on
    std::size_t head_ = 0;
    std::size_t sent_ = 0;
    std::size_t bytes_ = 0;
    std::size_t found_ = 0;  // by find_latest()
    std::unique_ptr<LatestPlaces> latest_;
};

}  // namespace chanx::detail
