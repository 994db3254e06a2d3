#pragma once

#include <chanx/compression.hpp>
#include <chanx/consumer/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "consumer/outbox.hpp"
#include "runtime/loop.hpp"
#include "websocket/websocket_decoder.hpp"

namespace chanx::detail {

/// The protocol of one WebSocket connection without its I/O: received bytes go in, outbox and closing come out. The
/// socket and the tests' memory are thin ends of it. All on one loop.
///
/// Closing (RFC 6455 section 7): our Close is flushed, then our side is shut down; what the peer still sends is discarded,
/// up to a time and an amount, until it has ended its side too.
class WebsocketConnection : public Transport, public std::enable_shared_from_this<WebsocketConnection> {
 public:
    explicit WebsocketConnection(Loop& loop);

    void start(TransportListener& listener, std::size_t max_message_size, std::size_t max_outbox_bytes) final;
    void resume_reading() final;
    void set_max_message_size(std::size_t bytes) final { decoder_.set_max_message_size(bytes); }
    void set_max_fragments(std::size_t frames) final { decoder_.set_max_fragments(frames); }
    void receive_in_parts(std::uint64_t max_message_size, std::size_t max_part_size) final {
        decoder_.give_parts(max_message_size, max_part_size);
    }
    bool append(FramePtr frame) final;
    void append_part(FramePtr frame) final;
    std::size_t outbox_bytes() const final { return outbox_.bytes() + held_bytes(); }
    std::size_t held_bytes() const final { return held() != nullptr ? held()->bytes() : 0; }
    /// Input that was read and not yet handed on.
    std::size_t input_bytes() const noexcept {
        return (leftover_ ? leftover_->size() : 0) + decoder_.buffer_capacity();
    }
    std::uint32_t sweep(std::uint32_t step, std::uint32_t ping_after, const FramePtr& ping) final;
    void await_flush() final { flush_awaited_ = true; }
    void abandon() noexcept final;
    void finish(std::size_t timeout_milliseconds) final;
    /// The peers have agreed on compression; before start().
    void compress(const CompressionOptions& options);
    bool compresses() const noexcept { return detour_by_ && detour_by_->compression.enabled; }

 protected:
    Loop& loop() noexcept { return loop_; }
    Outbox& outbox() noexcept { return outbox_; }
    bool closed() const noexcept { return closed_; }

    /// Bytes that came with the upgrade request.
    void keep_early(std::string_view bytes) {
        if (!bytes.empty()) leftover_ = std::make_unique<std::string>(bytes);
    }
    /// Others have had their turn: a bounded number of frames may be taken again.
    void begin_turn() noexcept { decoder_.begin_turn(most_frames_at_once); }
    /// That number has been taken.
    bool turn_over() const noexcept { return decoder_.turn_over(); }
    /// Takes bytes, which it changes. @return whether to read on; otherwise want_read() will be called
    bool received(char* begin, char* end);
    /// A sign of life that is no input: the client's side has made room.
    void heard() noexcept { heard_ = true; }
    /// Nothing more comes, and nothing can be sent: end of stream or an error. What has been read already is still taken, as
    /// far as the listener takes it without a pause.
    void lost(std::string_view reason);
    /// Notes that bytes of the outbox have been sent.
    void sent(std::size_t bytes);
    /// The same without flushed(), which is then to be called where the outbox is empty.
    void count_sent(std::size_t bytes);
    /// Notes that the outbox has become empty.
    void flushed() {
        if (finishing()) advance_closing();
        if (flush_awaited_ && !closed_) tell_flushed();
    }

    /// The outbox has something: flush it after this turn's input.
    virtual void want_flush() = 0;
    /// Tries to flush at once, for the outbox is at its bound.
    virtual void flush_now() = 0;
    /// Read on.
    virtual void want_read() = 0;
    /// Nothing more will be sent.
    virtual void shut_down_sending() = 0;
    /// Ends the connection now.
    virtual void close_io() = 0;

 private:
    /// Tiny frames are much to do for few bytes.
    static constexpr std::uint32_t most_frames_at_once = 256;

    bool has_room_for(const Frame& frame) const noexcept {
        return outbox_.empty() || outbox_.bytes() + frame.wire_size() <= max_outbox_bytes_;
    }
    bool finishing() const noexcept { return closing_ != nullptr; }
    /// As has_room_for(), for the outbox or what is held.
    bool fits(const Outbox& queue, const Frame& frame) const noexcept;
    Outbox* held() const noexcept { return detour_by_ ? detour_by_->held.get() : nullptr; }
    [[gnu::noinline]] bool make_room(const Outbox& queue, const Frame& frame);
    // Into append() itself, which every delivery goes through; the others stay out of its way.
    [[gnu::always_inline]] void push(FramePtr&& frame) {
        // Behind others it goes out with them. Asked for first: without memory for that there is no frame either.
        if (outbox_.empty()) want_flush();
        outbox_.push(std::move(frame));
    }
    /// For what is latest or droppable. @return false where it has been dropped, or put into an older one's place
    [[gnu::noinline]] bool takes_place_of_its_own(Outbox& queue, FramePtr& frame);
    [[gnu::always_inline]] bool append_directly(FramePtr frame);
    [[gnu::noinline]] bool append_by_detour(FramePtr frame);
    [[gnu::noinline]] bool hold(FramePtr frame);
    FramePtr compressed(FramePtr frame) const;
    [[gnu::noinline]] void append_nothing_more() noexcept;
    [[gnu::always_inline]] bool use(char* begin, char* end);
    bool take(char* begin, char* end);
    /// @return false
    [[gnu::cold, gnu::noinline]] bool go_on_later(std::string_view rest);
    void give_up() noexcept;
    void answer_ping(std::string_view payload);
    void use_leftover();
    void end_by(CloseReason reason);
    void tell_lost(std::string reason);
    void overflow();
    void tell_flushed();
    void advance_closing();
    void close_now();

    Loop& loop_;
    TransportListener* listener_ = nullptr;
    // Together, for they are all that a delivery needs, and there may be many connections.
    Outbox outbox_;
    std::size_t max_outbox_bytes_ = 0;
    struct Closing {
        Timer timer;
        std::size_t discard_budget;
    };
    std::unique_ptr<Closing> closing_;  // from finish() on
    /// Why data frames are not just appended.
    struct Detour {
        std::unique_ptr<Outbox> held;      // while a message is sent in parts: the data frames behind it
        CompressionOptions compression{};  // enabled where it is agreed on
    };
    std::unique_ptr<Detour> detour_by_;
    bool detour_ = false;               // append() has to look at the next two and at detour_by_
    bool close_appended_ = false;
    bool closed_ = false;
    bool flush_awaited_ = false;
    bool paused_ = true;
    bool resume_posted_ : 1 = false;
    bool lost_ : 1 = false;
    bool sending_shut_ : 1 = false;
    bool ended_ = false;          // on_ending() is due or done
    std::uint8_t pings_ = 0;      // sent since something came
    bool heard_ = true;           // something has come since the last sweep
    std::uint32_t silent_since_ = 0;
    WebsocketDecoder decoder_{0};
    std::unique_ptr<std::string> leftover_;  // read, but not yet asked for
};

}  // namespace chanx::detail
