#pragma once

#include <chanx/layer/frame.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chanx {

/// Why a connection ended.
struct CloseReason {
    enum class Cause : std::uint8_t {
        /// The client sent a Close.
        client,
        /// close() was called here.
        server,
        /// The socket was closed or reset without a Close.
        lost,
        /// The client broke the protocol, or sent more than it may.
        protocol_error,
        /// The client did not read fast enough.
        overflow,
        /// The server shuts down.
        shutdown,
        /// Nothing came from the client for Settings::idle_timeout.
        idle
    };

    Cause cause = Cause::lost;
    /// The close code (RFC 6455 section 7.4): what was received or sent; 1005 for a Close without one, 1006 for none.
    std::uint16_t code = 1006;
    std::string reason{};
};

/// A piece of a binary message, as it arrived.
struct ReceivedPart {
    std::string_view data;
    /// It ends its message.
    bool last = false;
};

/// What a transport tells its session; on the session's loop, never after on_closed().
class TransportListener {
 public:
    /// A whole message. The text is valid only during the call.
    /// @return false where no more should be read until resume_reading()
    virtual bool on_message(FrameKind kind, std::string_view message) = 0;
    /// The next part of a binary message, after receive_in_parts(); otherwise as on_message().
    virtual bool on_binary_part(ReceivedPart part) = 0;
    /// The connection is ending from the other side: nothing more will be read. Where a Close is due the
    /// transport has appended it.
    virtual void on_ending(CloseReason reason) = 0;
    /// The outbox has become empty; after await_flush() only.
    virtual void on_flushed() = 0;
    /// The connection has ended: the last call.
    virtual void on_closed() = 0;

 protected:
    ~TransportListener() = default;
};

/// What a session knows of its connection: a socket, or a test's memory. All on the session's loop.
class Transport {
 public:
    virtual ~Transport() = default;

    /// Starts with the outbox; reading begins with the first resume_reading().
    virtual void start(TransportListener& listener, std::size_t max_message_size, std::size_t max_outbox_bytes) = 0;
    virtual void resume_reading() = 0;
    /// Holds for messages that have not begun.
    virtual void set_max_message_size(std::size_t bytes) = 0;
    /// Of one message, text or gathered.
    virtual void set_max_fragments(std::size_t frames) = 0;

    /// Binary messages come through on_binary_part() from now on, in parts. Between messages only.
    /// @param max_message_size  of a binary message, in bytes; a larger one closes with 1009
    /// @param max_part_size  in bytes, at least 125
    virtual void receive_in_parts(std::uint64_t max_message_size, std::size_t max_part_size) = 0;

    /// Puts a frame into the outbox; it is flushed after the input already read has been used up. A frame behind a
    /// Close is dropped. When the outbox is beyond its bound and the peer does not read, what has not begun to
    /// be sent is dropped, a Close 1013 follows, and on_ending() is called (not from inside this call). What DeliveryClass
    /// says of a frame comes first.
    /// @return whether it has a place of its own there: false for one that is dropped, or that takes an older one's
    virtual bool append(FramePtr frame) = 0;
    /// Puts the next frame of a message that is sent in several into the outbox. From the first of them to the last
    /// other data frames that are appended are held, in their order, and a Close drops them. Together with the outbox
    /// they have its bound, beyond which the same happens; one is always held.
    virtual void append_part(FramePtr frame) = 0;
    /// Bytes appended and not yet handed to the peer.
    virtual std::size_t outbox_bytes() const = 0;
    /// Those of them that are held.
    virtual std::size_t held_bytes() const = 0;
    /// Now and then, with a number that grows with time by one a step: looks whether the client has sent anything since.
    /// For every `ping_after` steps without, the ping is sent; zero: never.
    /// @return for how many steps the client has been asked and nothing came; time in which nothing is read does not
    /// count
    virtual std::uint32_t sweep(std::uint32_t step, std::uint32_t ping_after, const FramePtr& ping) = 0;
    /// on_flushed() is to be called, once, when the outbox next becomes empty.
    virtual void await_flush() = 0;

    /// Reads no further messages, flushes, waits for the peer's Close up to a time, closes; then on_closed().
    /// A Close must have been appended or the connection be lost.
    virtual void finish(std::size_t timeout_milliseconds) = 0;
};

}  // namespace chanx
