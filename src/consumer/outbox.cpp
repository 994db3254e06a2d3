#include "consumer/outbox.hpp"

#include <algorithm>

namespace chanx::detail {

namespace {

/// What is kept for the next turn; what a burst needed is given back.
constexpr std::size_t kept_places = 16;

}  // namespace

void Outbox::push(FramePtr frame) {
    bytes_ += frame->wire().size();
    frames_.push_back(std::move(frame));
}

void Outbox::consume(std::size_t bytes) {
    if (bytes == bytes_ && frames_.size() <= kept_places) {
        frames_.clear();
        head_ = sent_ = bytes_ = 0;
        if (frames_.capacity() > kept_places) frames_ = {};
        return;
    }
    bytes_ -= bytes;
    sent_ += bytes;
    while (head_ < frames_.size() && sent_ >= frames_[head_]->wire().size()) {
        sent_ -= frames_[head_]->wire().size();
        frames_[head_] = FramePtr();
        ++head_;
    }
    tidy();
}

void Outbox::drop_unsent() {
    const std::size_t keep = sent_ > 0 ? 1 : 0;
    frames_.resize(std::min(head_ + keep, frames_.size()));
    bytes_ = keep > 0 ? frames_[head_]->wire().size() - sent_ : 0;
}

void Outbox::tidy() {
    if (head_ == frames_.size()) {
        head_ = 0;
        if (frames_.capacity() > kept_places) {
            frames_ = {};
        } else {
            frames_.clear();
        }
    } else if (head_ > 64 && head_ > frames_.size() / 2) {
        frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
}

}  // namespace chanx::detail
