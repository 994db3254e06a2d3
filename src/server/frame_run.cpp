#include "server/frame_run.hpp"

#include <cstring>

namespace chanx::detail {

void FrameRun::gather(const Outbox& outbox) {
    clear();
    bytes_ = {};
    const auto frames = outbox.frames();
    if (outbox.sent() != 0) return;
    if (frames.size() == 1) {
        count_ = 1;
        frames_[0] = frames[0];
        messages_ = frames[0]->ends_message() ? 1 : 0;
        bytes_ = frames[0]->wire();
        return;
    }
    if (frames.size() > most_frames || outbox.bytes() > most_bytes) return;
    char* at = buffer_.get();
    messages_ = 0;
    for (count_ = 0; count_ < frames.size(); ++count_) {
        frames_[count_] = frames[count_];
        const std::string_view wire = frames[count_]->wire();
        std::memcpy(at, wire.data(), wire.size());
        at += wire.size();
        if (frames[count_]->ends_message()) ++messages_;
    }
    bytes_ = {buffer_.get(), outbox.bytes()};
}

}  // namespace chanx::detail
