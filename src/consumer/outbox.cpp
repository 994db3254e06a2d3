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

namespace {

/// So many are looked at one by one.
constexpr std::size_t few = 16;

}  // namespace

const Frame* Outbox::find_latest(std::uint64_t key) {
    if (size() <= few) {
        latest_.reset();
        for (std::size_t place = first_unsent(); place < frames_.size(); ++place) {
            if (is_latest(place, key)) return frames_[found_ = place];
        }
        return nullptr;
    }
    note_places();
    const auto found = latest_->places.find(key);
    if (found == latest_->places.end()) return nullptr;
    const std::size_t place = found->second - latest_->erased;
    if (place < first_unsent() || place >= frames_.size() || !is_latest(place, key)) return nullptr;
    return frames_[found_ = place];
}

void Outbox::note_places() {
    if (!latest_) latest_ = std::make_unique<LatestPlaces>();
    auto& [places, noted, erased] = *latest_;
    // Those that were sent are still in it.
    if (places.size() > 2 * size() + few) {
        places.clear();
        noted = 0;
    }
    for (std::size_t place = std::max(noted, first_unsent() + erased) - erased; place < frames_.size(); ++place) {
        const FrameDelivery delivery = frames_[place]->delivery();
        if (delivery.kind == DeliveryClass::latest) places[delivery.key] = place + erased;
    }
    noted = frames_.size() + erased;
}

void Outbox::replace_latest(FramePtr frame) {
    Frame*& place = frames_[found_];
    bytes_ = bytes_ - place->wire_size() + frame->wire_size();
    place->release();
    place = frame.detach();
}

std::size_t Outbox::drop_droppable() {
    latest_.reset();
    std::size_t dropped = 0;
    const auto first = frames_.begin() + static_cast<std::ptrdiff_t>(std::min(first_unsent(), frames_.size()));
    const auto end = std::remove_if(first, frames_.end(), [&](Frame* frame) {
        if (frame->delivery().kind != DeliveryClass::droppable) return false;
        bytes_ -= frame->wire_size();
        frame->release();
        ++dropped;
        return true;
    });
    frames_.erase(end, frames_.end());
    return dropped;
}

Outbox::Done Outbox::consume(std::size_t bytes) {
    Done done;
    bytes_ -= bytes;
    sent_ += bytes;
    while (head_ < frames_.size() && sent_ >= frames_[head_]->wire_size()) {
        sent_ -= frames_[head_]->wire_size();
        ++done.frames;
        if (frames_[head_]->ends_message()) ++done.messages;
        frames_[head_++]->release();
    }
    tidy();
    return done;
}

void Outbox::drop_last(FrameKind kind) noexcept {
    if (empty() || frames_.back()->kind() != kind || (size() == 1 && sent_ > 0)) return;
    bytes_ -= frames_.back()->wire_size();
    frames_.back()->release();
    frames_.pop_back();
    // Its place may be the next one's.
    if (latest_) latest_->noted = std::min(latest_->noted, frames_.size() + latest_->erased);
}

std::size_t Outbox::drop_unsent() {
    latest_.reset();
    const std::size_t keep = std::min(first_unsent(), frames_.size());
    const std::size_t dropped = frames_.size() - keep;
    while (frames_.size() > keep) {
        frames_.back()->release();
        frames_.pop_back();
    }
    bytes_ = empty() ? 0 : frames_[head_]->wire_size() - sent_;
    return dropped;
}

void Outbox::tidy() {
    if (head_ == frames_.size()) {
        hand_over();
    } else if (head_ > 64 && head_ > frames_.size() / 2) {
        frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(head_));
        if (latest_) latest_->erased += head_;
        head_ = 0;
    }
}

}  // namespace chanx::detail
