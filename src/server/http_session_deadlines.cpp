#include "server/http_session.hpp"

#include <algorithm>
#include <chrono>

// How long each phase may take, and what becomes of who takes longer.

namespace chanx::detail {

namespace {

/// How long a connection for which there is no place may take to say what it wants.
constexpr std::chrono::milliseconds refusal_patience{2'000};
/// How long a stopping server waits for a client to take its answer.
constexpr std::chrono::milliseconds draining_patience{500};

}  // namespace

void HttpSession::end_if_idle() {
    if (phase_ == Phase::discarding) shard_.loop().arm(deadline_, draining_patience);
    if (idle_) stream_.close();
}

/// Each phase has its time in all, however much of it has come: who trickles gets no more.
void HttpSession::enter_phase(Phase phase) {
    const Settings& settings = shard_.core().settings();
    phase_ = phase;
    late_ = false;
    stream_.end_cancellation();
    auto time = settings.request_timeout;
    switch (phase) {
        case Phase::handshake:
            time = settings.tls_handshake_timeout;
            if (refuses()) time = std::min(time, refusal_patience);
            break;
        case Phase::head:
            if (refuses()) time = std::min(time, refusal_patience);
            break;
        case Phase::upgrade: return;  // its head's deadline goes on
        case Phase::body: time = settings.body_timeout; break;
        case Phase::response: time = settings.response_timeout; break;
        case Phase::discarding:
            time = settings.close_timeout;
            if (shard_.core().draining()) time = std::min(time, draining_patience);
            break;
    }
    shard_.loop().arm(deadline_, time);
}

void HttpSession::late() {
    const bool head = phase_ == Phase::head;
    // Who has been answered and asks nothing more is nobody that was refused.
    const bool rests = head && served_ && buffer_.size() == 0;
    if (phase_ != Phase::discarding && !rests && !late_) {
        const auto peer = stream_.peer().address;
        shard_.core().refusals().count(phase_ == Phase::body        ? Refusal::late_body
                                       : phase_ == Phase::response  ? Refusal::late_response
                                       : phase_ == Phase::handshake ? Refusal::late_handshake
                                                                    : Refusal::late_request,
                                       peer);
    }
    if (!late_ && (phase_ == Phase::body || (head && buffer_.size() > 0))) {
        // Nothing has been written yet, so it can be told. Who can't be is closed.
        late_ = true;
        shard_.loop().arm(deadline_, shard_.core().settings().close_timeout);
        stream_.cancel();
        return;
    }
    if (phase_ == Phase::upgrade && !late_) {
        // The consumer's connect() is told to end; one that does not is left alone with it.
        late_ = true;
        shard_.loop().arm(deadline_, shard_.core().settings().close_timeout);
        task_.request_cancel();
        return;
    }
    // What the kernel still holds for somebody who does not read would stay with it for long.
    if (phase_ == Phase::response) {
        stream_.reset();
    } else {
        stream_.close();
    }
}

}  // namespace chanx::detail
