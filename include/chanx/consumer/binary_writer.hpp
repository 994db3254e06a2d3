#pragma once

#include <chanx/awaitable.hpp>

#include <string_view>

namespace chanx {

/// Sends one binary message in parts, so that it never lies in memory as a whole (RFC 6455 section 5.4); made
/// by WebsocketConsumer::begin_binary(). On the connection's thread, in a hook or a spawned task.
///
/// Other data frames that the connection gets meanwhile (its own and those of its groups) wait for the end of
/// this message, within Settings::max_outbox_bytes; beyond it the connection is closed with 1013. Pongs go
/// between its parts; a Close ends it. A writer that is destroyed after something was written and before
/// finish() closes the connection with 1011, for half a message can't be taken back; where the connection is
/// closed it does nothing.
///
/// @code
/// auto out = begin_binary();
/// while (!(bytes = file.read(65536)).empty()) {
///     if (!co_await out.write(bytes)) co_return;  // closed meanwhile
/// }
/// out.finish();
/// @endcode
class [[nodiscard]] BinaryWriter {
  public:
    BinaryWriter(BinaryWriter&& other) noexcept;
    /// The message of the one assigned to ends as if it were destroyed.
    BinaryWriter& operator=(BinaryWriter&& other) noexcept;
    ~BinaryWriter();

    /// Sends the next bytes: waits until the client has taken most of what was written before, however long
    /// that takes. At most 320 KiB of the message, or three quarters of Settings::max_outbox_bytes, wait in
    /// the outbox.
    /// @param data  lives until the call has been awaited; empty sends nothing
    /// @return false when the connection is closed: the message won't be finished
    /// @throws std::logic_error after finish(), or while another write of this writer waits
    awaitable<bool> write(std::string_view data);
    /// Ends the message, which is empty if nothing was written. Returns at once.
    /// @return false when the connection is closed
    /// @throws std::logic_error when called twice, or while a write waits
    bool finish();

  private:
    friend class WebsocketConsumer;
    friend class detail::Session;

    explicit BinaryWriter(detail::Session& session);
    void detach() noexcept { session_ = nullptr; }
    void require_unfinished() const;

    detail::Session* session_;  // null once nothing can be sent by it any more
    bool finished_ = false;
};

}  // namespace chanx
