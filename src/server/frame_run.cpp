#include "server/frame_run.hpp"

#include <algorithm>
#include <cstring>

namespace chanx::detail {

bool FrameRun::is_kept(const Outbox& outbox) const noexcept {
    return references_ > 0 && outbox.sent() == 0 && std::ranges::equal(outbox.frames(), frames_);
}

std::string_view FrameRun::bytes_of(const Outbox& outbox) {
    if (is_kept(outbox)) return bytes_;
    clear();
    const auto frames = outbox.frames();
    if (outbox.sent() != 0 || (frames.size() > 1 && outbox.bytes() > most_bytes)) return {};
    frames_.assign(frames.begin(), frames.end());
    if (frames.size() == 1) {
        bytes_ = frames.front()->wire();
    } else {
        char* at = buffer_.get();
        for (const Frame* const frame : frames) {
            const std::string_view wire = frame->wire();
            std::memcpy(at, wire.data(), wire.size());
            at += wire.size();
        }
        bytes_ = {buffer_.get(), outbox.bytes()};
    }
    return bytes_;
}

void FrameRun::sent(Outbox& outbox) {
    ++references_;
    outbox.hand_over();
}

void FrameRun::clear() noexcept {
    if (references_ > 0) {
        for (Frame* const frame : frames_) frame->release(references_);
    }
    references_ = 0;
    frames_.clear();
}

}  // namespace chanx::detail
