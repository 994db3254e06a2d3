#include "consumer/websocket_connection.hpp"

#include "websocket/close_frame.hpp"

namespace chanx::detail {

namespace {

/// What a peer may still send after the connection is closing, in bytes.
constexpr std::size_t discard_bytes = std::size_t{4} << 20;
/// How many bytes of messages that were compressed are handed on in one turn.
constexpr std::size_t most_at_once = std::size_t{256} << 10;

/// While so many frames wait to be sent, only the latest of successive pings is answered (RFC 6455 section 5.5.3).
constexpr std::size_t frames_before_one_pong = 64;

}  // namespace

WebsocketConnection::WebsocketConnection(Loop& loop) : loop_(loop) {}

void WebsocketConnection::start(TransportListener& listener, std::size_t max_message_size,
                                std::size_t max_outbox_bytes) {
    listener_ = &listener;
    decoder_.set_max_message_size(max_message_size);
    max_outbox_bytes_ = max_outbox_bytes;
}

void WebsocketConnection::resume_reading() {
    if (!paused_ || resume_posted_ || closed_) return;
    // Not at once: the session is in the middle of a message.
    loop_.post([self = shared_from_this()] {
        self->resume_posted_ = false;
        if (self->closed_) return;
        self->paused_ = false;
        self->begin_turn();
        self->use_leftover();
    });
    resume_posted_ = true;
}

inline bool WebsocketConnection::use(char* begin, char* end) {
    try {
        return take(begin, end);
    } catch (...) {
        // Only memory can be what was missing. The message is not whole, so the connection can't go on.
        give_up();
        return false;
    }
}

void WebsocketConnection::use_leftover() {
    const bool was_lost = lost_;
    bool reads_on = true;
    if (const auto bytes = std::exchange(leftover_, nullptr)) {
        reads_on = use(bytes->data(), bytes->data() + bytes->size());
    } else if (decoder_.has_more_parts()) {
        char nothing;
        reads_on = use(&nothing, &nothing);
    }
    if (closed_) return;
    if (lost_) {
        // Now its listener has had all that was read, or waits for what may never come.
        if (was_lost && !resume_posted_) tell_lost("The connection was reset");
    } else if (reads_on) {
        want_read();
    }
}

bool WebsocketConnection::received(char* begin, char* end) {
    heard_ = true;
    if (finishing()) {
        const auto count = static_cast<std::size_t>(end - begin);
        if (count > closing_->discard_budget) {
            close_now();
            return false;
        }
        closing_->discard_budget -= count;
    }
    return use(begin, end);
}

void WebsocketConnection::give_up() noexcept {
    try {
        append(Frame::make_close(close_code::internal_error, "Out of memory"));
        end_by({CloseReason::Cause::server, close_code::internal_error, "Out of memory"});
    } catch (...) {
        // Not even for that: it ends like one that was reset.
        append_nothing_more();
        if (!ended_) lost("Out of memory");
    }
}

bool WebsocketConnection::take(char* begin, char* end) {
    std::size_t taken = 0;
    for (;;) {
        // Little input may be much to do: others have their turn in between.
        if (taken > most_at_once && compresses()) return go_on_later({begin, end});
        const DecoderEvent event = decoder_.next(begin, end);
        taken += event.payload.size();
        switch (event.kind) {
            case DecoderEvent::Kind::need_more: return !closed_;
            case DecoderEvent::Kind::enough: return go_on_later({begin, end});
            case DecoderEvent::Kind::text:
            case DecoderEvent::Kind::binary: {
                if (ended_ || finishing()) break;
                const auto kind =
                    event.kind == DecoderEvent::Kind::text ? FrameKind::text : FrameKind::binary;
                if (!listener_->on_message(kind, event.payload) && !finishing() && !ended_) {
                    paused_ = true;
                    keep_early({begin, end});
                    return false;
                }
                break;
            }
            case DecoderEvent::Kind::part:
            case DecoderEvent::Kind::last_part: {
                if (ended_ || finishing()) break;
                const ReceivedPart part{event.payload, event.kind == DecoderEvent::Kind::last_part};
                if (!listener_->on_binary_part(part) && !finishing() && !ended_) {
                    paused_ = true;
                    keep_early({begin, end});
                    return false;
                }
                break;
            }
            case DecoderEvent::Kind::ping:
                if (!close_appended_) answer_ping(event.payload);
                break;
            case DecoderEvent::Kind::pong: break;
            case DecoderEvent::Kind::close: {
                // Echoed with its code (section 5.5.1), but for the one that only a client may send.
                const std::uint16_t code = event.code == close_code::mandatory_extension ? close_code::normal : event.code;
                append(Frame::make_close(code, {}));
                end_by({CloseReason::Cause::client, event.code, std::string(event.payload)});
                break;
            }
            case DecoderEvent::Kind::error:
                append(Frame::make_close(event.code, event.payload));
                // Memory that is missing is not the peer's mistake.
                end_by({event.code == close_code::internal_error ? CloseReason::Cause::server
                                                                 : CloseReason::Cause::protocol_error,
                        event.code, std::string(event.payload)});
                break;
        }
        if (closed_) return false;
    }
}

bool WebsocketConnection::go_on_later(std::string_view rest) {
    paused_ = true;
    keep_early(rest);
    resume_reading();
    return false;
}

// A peer that sends pings and never reads does not fill its outbox with pongs.
void WebsocketConnection::answer_ping(std::string_view payload) {
    if (outbox_.size() >= frames_before_one_pong) outbox_.drop_last(FrameKind::pong);
    append(Frame::make(FrameKind::pong, payload));
}

std::uint32_t WebsocketConnection::sweep(std::uint32_t step, std::uint32_t ping_after, const FramePtr& ping) {
    if (heard_ || paused_ || close_appended_ || finishing()) {
        heard_ = false;
        pings_ = 0;
        silent_since_ = step;
        return 0;
    }
    const std::uint32_t silent = step - silent_since_;
    constexpr std::uint8_t most_pings = 255;
    if (ping_after != 0 && pings_ < most_pings && silent / ping_after > pings_) {
        ++pings_;
        loop_.counters().pings_sent.add();
        append(ping);
    }
    return silent;
}

void WebsocketConnection::end_by(CloseReason reason) {
    if (finishing()) {
        advance_closing();
    } else if (!std::exchange(ended_, true)) {
        listener_->on_ending(std::move(reason));
    }
}

void WebsocketConnection::lost(std::string_view reason) {
    const bool known = lost_;
    lost_ = true;
    append_nothing_more();  // there is nobody to send it to
    if (finishing()) {
        close_now();
        return;
    }
    if (known || ended_) return;
    loop_.post([self = shared_from_this(), text = std::string(reason)]() mutable {
        // What has been read comes first, perhaps the peer's Close with it: use_leftover() will tell.
        if (!self->resume_posted_) self->tell_lost(std::move(text));
    });
}

void WebsocketConnection::tell_lost(std::string reason) {
    if (finishing() || closed_ || std::exchange(ended_, true)) return;
    listener_->on_ending({CloseReason::Cause::lost, close_code::abnormal, std::move(reason)});
}

bool WebsocketConnection::append(FramePtr frame) {
    if (detour_) [[unlikely]] return append_by_detour(std::move(frame));
    return append_directly(std::move(frame));
}

bool WebsocketConnection::append_directly(FramePtr frame) {
    if (!frame->is_ordinary()) [[unlikely]] {
        if (frame->kind() == FrameKind::close) {
            append_nothing_more();
        } else if (!takes_place_of_its_own(outbox_, frame)) {
            return false;
        }
    } else if (!has_room_for(*frame) && !make_room(outbox_, *frame)) {
        return false;
    }
    push(std::move(frame));
    return true;
}

bool WebsocketConnection::append_by_detour(FramePtr frame) {
    if (close_appended_ || closed_) return false;
    if (frame->kind() == FrameKind::text || frame->kind() == FrameKind::binary) {
        if (compresses()) frame = compressed(std::move(frame));
        if (held() != nullptr) return hold(std::move(frame));
    }
    return append_directly(std::move(frame));
}

bool WebsocketConnection::fits(const Outbox& queue, const Frame& frame) const noexcept {
    // One is taken always, however large.
    if (queue.empty()) return true;
    const std::size_t held_too = &queue == &outbox_ ? 0 : outbox_.bytes();
    return queue.bytes() + held_too + frame.wire_size() <= max_outbox_bytes_;
}

bool WebsocketConnection::make_room(const Outbox& queue, const Frame& frame) {
    flush_now();
    if (close_appended_ || closed_) return false;  // lost meanwhile
    if (fits(queue, frame)) return true;
    const std::size_t dropped = outbox_.drop_droppable() + (held() != nullptr ? held()->drop_droppable() : 0);
    loop_.counters().outbox_drops.add(OutboxDrop::droppable, dropped);
    if (fits(queue, frame)) return true;
    overflow();
    return false;
}

bool WebsocketConnection::takes_place_of_its_own(Outbox& queue, FramePtr& frame) {
    if (frame->delivery().kind == DeliveryClass::droppable) {
        if (!fits(queue, *frame)) flush_now();
        if (close_appended_ || closed_) return false;
        if (fits(queue, *frame)) return true;
        loop_.counters().outbox_drops.add(OutboxDrop::droppable);
        return false;
    }
    const std::uint64_t key = frame->delivery().key;
    const Frame* older = queue.find_latest(key);
    if (older == nullptr || frame->wire_size() > older->wire_size()) {
        // For all of it, though it may need less: then nothing can grow beyond the bound.
        if (!fits(queue, *frame) && !make_room(queue, *frame)) return false;
        older = queue.find_latest(key);
        if (older == nullptr) return true;
    }
    queue.replace_latest(std::move(frame));
    loop_.counters().outbox_drops.add(OutboxDrop::replaced);
    return false;
}

void WebsocketConnection::append_nothing_more() noexcept {
    close_appended_ = true;
    detour_ = true;
    if (detour_by_) detour_by_->held.reset();
}

// Frames of two messages may not be mixed (section 5.4), but control frames go between those of one.
void WebsocketConnection::append_part(FramePtr frame) {
    if (close_appended_ || closed_) return;
    if (!has_room_for(*frame) && !make_room(outbox_, *frame)) return;
    const FramePlace place = frame->place();
    push(std::move(frame));
    if (place == FramePlace::first) {
        if (!detour_by_) detour_by_ = std::make_unique<Detour>();
        detour_by_->held = std::make_unique<Outbox>();
        detour_ = true;
    } else if (place == FramePlace::last) {
        detour_ = compresses();
        // They were within the bound when they came.
        const auto behind = std::exchange(detour_by_->held, nullptr);
        outbox_.take_all(*behind);
        if (!compresses()) detour_by_.reset();
    }
}

void WebsocketConnection::compress(const CompressionOptions& options) {
    detour_by_ = std::make_unique<Detour>(Detour{.held = nullptr, .compression = options});
    decoder_.accept_compressed();
    detour_ = true;
}

FramePtr WebsocketConnection::compressed(FramePtr frame) const {
    const std::size_t size = frame->payload().size();
    const CompressionOptions& options = detour_by_->compression;
    if (size < options.min_size || size > options.max_size) return frame;
    return frame->compressed(options.level);
}

bool WebsocketConnection::hold(FramePtr frame) {
    if (!frame->is_ordinary()) {
        if (!takes_place_of_its_own(*held(), frame)) return false;
    } else if (!fits(*held(), *frame) && !make_room(*held(), *frame)) {
        return false;
    }
    held()->push(std::move(frame));
    return true;
}

void WebsocketConnection::overflow() {
    const std::size_t held_frames = held() != nullptr ? held()->size() : 0;
    loop_.counters().outbox_drops.add(OutboxDrop::overflow, outbox_.drop_unsent() + held_frames + 1);
    append(Frame::make_close(close_code::try_again_later, "Reading too slowly"));
    if (std::exchange(ended_, true)) return;
    decoder_.stop_decompressing();
    loop_.post([self = shared_from_this()] {
        if (self->finishing()) return;
        self->listener_->on_ending(
            {CloseReason::Cause::overflow, close_code::try_again_later, "Reading too slowly"});
    });
}

void WebsocketConnection::finish(std::size_t timeout_milliseconds) {
    if (finishing() || closed_) return;
    closing_.reset(
        new Closing{Timer([](void* self) { static_cast<WebsocketConnection*>(self)->close_now(); }, this),
                    discard_bytes});
    // What nobody gets is not decompressed either: from here on, though it may be in the middle of the input.
    decoder_.stop_decompressing();
    loop_.arm(closing_->timer, std::chrono::milliseconds(timeout_milliseconds));
    paused_ = true;
    // Not at once: the session may be in the middle of anything.
    loop_.post([self = shared_from_this()] {
        if (self->closed_) return;
        if (self->lost_) {
            self->close_now();
            return;
        }
        self->advance_closing();
        self->paused_ = false;
        self->begin_turn();
        self->use_leftover();
    });
}

void WebsocketConnection::count_sent(std::size_t bytes) {
    const Outbox::Done done = outbox_.consume(bytes);
    SentCounters& counters = loop_.counters().sent;
    counters.bytes.add(bytes);
    counters.frames.add(done.frames);
    counters.messages.add(done.messages);
}

void WebsocketConnection::sent(std::size_t bytes) {
    count_sent(bytes);
    if (outbox_.empty()) flushed();
}

void WebsocketConnection::tell_flushed() {
    flush_awaited_ = false;
    listener_->on_flushed();
}

void WebsocketConnection::advance_closing() {
    if (closed_ || !outbox_.empty()) return;
    if (sending_shut_) return;
    sending_shut_ = true;
    shut_down_sending();
}

void WebsocketConnection::abandon() noexcept {
    if (std::exchange(closed_, true)) return;
    append_nothing_more();
    if (closing_) closing_->timer.cancel();
    close_io();
}

void WebsocketConnection::close_now() {
    if (std::exchange(closed_, true)) return;
    append_nothing_more();
    if (closing_) closing_->timer.cancel();
    close_io();
    loop_.post([self = shared_from_this()] { self->listener_->on_closed(); });
}

}  // namespace chanx::detail
