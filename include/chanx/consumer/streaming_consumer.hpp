#pragma once

#include <chanx/consumer/binary_part.hpp>
#include <chanx/consumer/websocket_consumer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chanx {

/// The bounds of binary messages that are received in parts.
struct StreamingOptions {
    /// The largest binary message, in bytes; a larger one closes with 1009, as soon as a frame says that it
    /// will be. It stands in the place of Settings::max_message_size, which still holds for text.
    std::uint64_t max_message_size = std::uint64_t{1} << 30;
    /// The largest part, in bytes, at least 125. Over a socket no part is larger than 64 KiB, which is read
    /// at a time.
    std::size_t max_part_size = std::size_t{64} << 10;
};

/// A WebsocketConsumer that gets binary messages in parts as they arrive, so that they may be larger than
/// memory: of one connection no more is held than the part being handled, the next one, and what was read
/// together with it. Then reading stops until the hook has ended, and the client's sending is slowed by TCP.
///
/// Text messages come whole, as always.
///
/// @code
/// class Upload final : public chanx::StreamingConsumer {
///     chanx::awaitable<> receive_binary_part(chanx::BinaryPart part) override {
///         if (part.first) file_ = open_new_file();
///         co_await append(file_, std::move(part.data));
///         if (part.last) send_text("stored");
///     }
/// };
/// @endcode
class StreamingConsumer : public WebsocketConsumer {
  protected:
    /// The next part of a binary message. If it throws, the connection is closed with 1011.
    virtual awaitable<> receive_binary_part(BinaryPart part) = 0;
    /// Asked once, before the first message. If it throws, or a bound is out of range, the connection is
    /// closed with 1011.
    virtual StreamingOptions streaming_options() const;

    /// From a message's first part until its last one has been handed over. In on_disconnect: whether a
    /// message was cut off.
    bool inside_binary_message() const noexcept { return inside_; }

  private:
    awaitable<> receive_binary(std::string data) final;
    std::optional<awaitable<>> chanx_begin_message(FrameKind kind, std::string_view message) final;
    void chanx_prepare(Transport& transport) const final;

    std::uint64_t offset_ = 0;
    bool inside_ = false;
};

}  // namespace chanx
