#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/consumer/binary_writer.hpp>
#include <chanx/consumer/transport.hpp>
#include <chanx/http/scope.hpp>
#include <chanx/layer/group_event.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace chanx {

/// The answer to an upgrade request, given before the connection becomes a WebSocket.
struct ConnectResponse {
    /// 101, or the HTTP status that refuses.
    int status = 101;
    /// The reason in a refusal's body.
    std::string detail{};
    /// One of scope().subprotocols(), or empty for none.
    std::string subprotocol{};

    static ConnectResponse accept(std::string subprotocol = {}) { return {101, {}, std::move(subprotocol)}; }
    static ConnectResponse refuse(int status, std::string detail) { return {status, std::move(detail), {}}; }
};

namespace detail {

/// How the connect phase ended: 200, or the status that refuses.
struct ConnectOutcome {
    int status = 200;
    std::string detail = "OK";
};

}  // namespace detail

/// One connection's own object: subclass it, override hooks, send. This is the untyped one, for text and binary
/// messages of any form; JsonWebsocketConsumer stands on it.
///
/// An object is made for each connection and lives on that connection's thread: its hooks never run at the same
/// time, messages are handled one after another in their order, and what it owns needs no lock. All members are
/// called on that thread. Sending is a plain call that returns at once; only waiting is `co_await`.
///
/// @code
/// class Echo final : public chanx::WebsocketConsumer {
///     chanx::awaitable<> receive_text(std::string text) override {
///         send_text(text);
///         co_return;
///     }
/// };
/// @endcode
class WebsocketConsumer {
 public:
    WebsocketConsumer() = default;
    virtual ~WebsocketConsumer();
    WebsocketConsumer(const WebsocketConsumer&) = delete;
    WebsocketConsumer& operator=(const WebsocketConsumer&) = delete;

 protected:
    /// Before the upgrade: may refuse with an HTTP status, or choose a subprotocol. Accepts by default. An
    /// ApiException refuses with its status, any other exception with 500.
    virtual awaitable<ConnectResponse> connect(const Scope& scope);
    /// The connection is open.
    virtual awaitable<> on_connect();
    /// A text message, valid UTF-8. By default the connection is closed with 1003.
    virtual awaitable<> receive_text(std::string text);
    /// A binary message. By default the connection is closed with 1003.
    virtual awaitable<> receive_binary(std::string data);
    /// Runs exactly once for every connection that was open, for whatever reason it ended. It is cancelled after
    /// Settings::hook_timeout.
    virtual awaitable<> on_disconnect(CloseReason reason);

    /// The upgrade request's facts.
    const Scope& scope() const noexcept;
    /// Unique in this process.
    std::uint64_t connection_id() const noexcept;

    /// @param text  valid UTF-8 (RFC 6455 section 8.1)
    void send_text(std::string_view text);
    void send_binary(std::string_view data);
    /// Begins a binary message that is sent in parts, at most one at a time. See BinaryWriter.
    /// @throws std::logic_error while another one is unfinished
    BinaryWriter begin_binary();
    /// Queues a Close; nothing is sent behind it. The running hook goes on, then on_disconnect runs. A second call
    /// does nothing.
    /// @param code  1000 to 1003, 1007 to 1009, 1011 to 1014 or 3000 to 4999
    /// @throws std::invalid_argument for another code
    void close(std::uint16_t code = 1000, std::string_view reason = {});
    /// Waits until everything sent so far is out of this process. False when the connection is closed.
    awaitable<bool> flush();

    /// Starts a task beside the hooks. The callable is kept alive with its coroutine; an exception is logged; the task
    /// is cancelled when the connection has ended, and waited for.
    /// @param callable  returns awaitable<>; takes nothing
    /// @throws std::length_error beyond Settings::max_tasks_per_connection
    ///
    /// @code
    /// spawn([this]() -> chanx::awaitable<> {
    ///     co_await chanx::sleep_for(std::chrono::seconds(5));
    ///     send_text("five seconds later");
    /// });
    /// @endcode
    template <class Callable>
    void spawn(Callable callable) {
        start_task(keep_and_run(std::move(callable)));
    }

    detail::Session& session() const noexcept { return *session_; }

 private:
    friend class detail::Session;

    // What the session calls; the JSON consumer has its own form of each. Private virtual functions are overridden by
    // whatever has their name, so these have names that nobody gives to members of their own.
    /// Completes what connect() answered.
    virtual void chanx_answer(ConnectResponse& response) const;
    /// Before the first message is read.
    virtual void chanx_prepare(Transport& transport) const;
    virtual awaitable<detail::ConnectOutcome> chanx_authenticate();
    /// Authenticates with the same scope, and asks all permissions again.
    virtual awaitable<detail::ConnectOutcome> chanx_authenticate_again();
    virtual void chanx_report_authentication(const detail::ConnectOutcome& outcome);
    virtual awaitable<> chanx_join_groups();
    virtual awaitable<> chanx_opened();
    /// The handler of a message, or nothing where it was invalid and has been answered.
    virtual std::optional<awaitable<>> chanx_begin_message(FrameKind kind, std::string_view message);
    /// The handler of an event, or of a group message that the consumer sees first; nothing where it can't be taken.
    virtual std::optional<awaitable<>> chanx_begin_mail(const GroupEventPtr& sent);
    virtual void chanx_report_failure(std::string_view detail);
    virtual void chanx_report_complete();
    virtual std::string_view chanx_user_key() const noexcept;

    template <class Callable>
    static awaitable<> keep_and_run(Callable callable) {
        co_await callable();
    }
    void start_task(awaitable<> body);

    detail::Session* session_ = nullptr;
};

}  // namespace chanx
