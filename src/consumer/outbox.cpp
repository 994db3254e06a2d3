#include "consumer/outbox.hpp"

#include <algorithm>

namespace chanx::detail {

Outbox::~Outbox() {
    for (Frame* const frame : frames()) frame->release();
}

void Outbox::take_all(Outbox& other) {
    const auto frames = other.frames();
    frames_.insert(frames_.end(), frames.begin(), frames.end());
    bytes_ += other.bytes_;
    other.hand_over();
}

void Outbox::consume(std::size_t bytes) {
    bytes_ -= bytes;
    sent_ += bytes;
    while (head_ < frames_.size() && sent_ >= frames_[head_]->wire_size()) {
        sent_ -= frames_[head_]->wire_size();
        frames_[head_++]->release();
    }
    tidy();
}

void Outbox::drop_last(FrameKind kind) noexcept {
    if (empty() || frames_.back()->kind() != kind || (size() == 1 && sent_ > 0)) return;
    bytes_ -= frames_.back()->wire_size();
    frames_.back()->release();
    frames_.pop_back();
}

void Outbox::drop_unsent() {
    const std::size_t keep = std::min(head_ + (sent_ > 0 ? 1 : 0), frames_.size());
    while (frames_.size() > keep) {
        frames_.back()->release();
        frames_.pop_back();
    }
    bytes_ = empty() ? 0 : frames_[head_]->wire_size() - sent_;
}

void Outbox::tidy() {
    if (head_ == frames_.size()) {
        hand_over();
    } else if (head_ > 64 && head_ > frames_.size() / 2) {
        frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
}

}  // namespace chanx::detail
