#pragma once

#include "consumer/outbox.hpp"
#include "runtime/counters.hpp"

#include <chanx/layer/frame.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace chanx::detail {

/// The frames that one connection sends at a time, as one piece of memory. In a group one connection after
/// another sends the same ones: they are gathered once, and all those connections' references are given back
/// together.
class FrameRun {
  public:
    /// Of several frames; more is better sent from where it lies.
    static constexpr std::size_t most_bytes = std::size_t{16} << 10;
    static constexpr std::size_t most_frames = 256;

    /// @param sent  counts what goes out; must outlive this
    explicit FrameRun(SentCounters& sent) : counters_(sent), buffer_(new char[most_bytes]) {}
    FrameRun(const FrameRun&) = delete;
    FrameRun& operator=(const FrameRun&) = delete;
    ~FrameRun() { clear(); }

    /// The bytes of all that waits, until the next call; nothing where they are no run: too many, or partly
    /// sent.
    std::string_view bytes_of(const Outbox& outbox) {
        if (!is_kept(outbox)) gather(outbox);
        return bytes_;
    }
    /// These bytes were sent.
    void sent(Outbox& outbox) noexcept {
        ++references_;
        outbox.hand_over();
    }
    /// Gives the references back.
    void clear() noexcept {
        if (references_ == 0) return;
        // Once for all who sent it, not once for each.
        counters_.frames.add(count_ * references_);
        counters_.messages.add(messages_ * references_);
        counters_.bytes.add(bytes_.size() * references_);
        for (std::size_t i = 0; i < count_; ++i) frames_[i]->release(references_);
        references_ = 0;
    }

  private:
    bool is_kept(const Outbox& outbox) const noexcept {
        const auto frames = outbox.frames();
        if (references_ == 0 || frames.size() != count_ || outbox.sent() != 0) return false;
        for (std::size_t i = 0; i < count_; ++i) {
            if (frames[i] != frames_[i]) return false;
        }
        return true;
    }
    void gather(const Outbox& outbox);

    SentCounters& counters_;
    std::unique_ptr<char[]> buffer_;
    std::string_view bytes_;
    std::uint32_t references_ = 0;  // to each of the frames; without any it is not known what they are by now
    std::size_t count_ = 0;
    std::size_t messages_ = 0;  // how many of the frames end one
    std::array<Frame*, most_frames> frames_;
};

}  // namespace chanx::detail
