#pragma once

#include <chanx/layer/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "consumer/outbox.hpp"

namespace chanx::detail {

/// The frames that one connection sends at a time, as one piece of memory. In a group one connection after another sends
/// the same ones: they are gathered once, and all those connections' references are given back together.
class FrameRun {
 public:
    /// Of several frames; more is better sent from where it lies.
    static constexpr std::size_t most_bytes = std::size_t{16} << 10;

    FrameRun() : buffer_(new char[most_bytes]) {}
    FrameRun(const FrameRun&) = delete;
    FrameRun& operator=(const FrameRun&) = delete;
    ~FrameRun() { clear(); }

    /// The bytes of all that waits, until the next call; nothing where they are no run: too long, or partly sent.
    std::string_view bytes_of(const Outbox& outbox);
    /// These bytes were sent.
    void sent(Outbox& outbox);
    /// Gives the references back.
    void clear() noexcept;

 private:
    bool is_kept(const Outbox& outbox) const noexcept;

    std::unique_ptr<char[]> buffer_;
    std::string_view bytes_;
    std::vector<Frame*> frames_;
    std::uint32_t references_ = 0;  // to each of the frames; without any it is not known what they are by now
};

}  // namespace chanx::detail
