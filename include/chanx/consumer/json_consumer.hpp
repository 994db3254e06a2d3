#pragma once

#include <chanx/auth/permission.hpp>
#include <chanx/chrono.hpp>
#include <chanx/consumer/websocket_consumer.hpp>
#include <chanx/layer/group_event.hpp>
#include <chanx/message/message_set.hpp>
#include <chanx/message/standard.hpp>

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {

/// What a group message is to the member that gets it.
struct GroupMessageInfo {
    /// It is of this connection's user.
    bool is_mine = false;
    /// It was sent by this connection.
    bool is_current = false;
};

namespace detail {

/// Whether access is checked when a connection is let in, or once more.
enum class AccessCheck { first, again };
/// What decoding said of a message.
enum class MessageIs : std::uint8_t;
/// Whose turn it is in that check: what the log blames for an exception.
enum class AccessStage : std::uint8_t { authentication, permission, lookup };

/// The compiled part of JsonWebsocketConsumer: standard frames, groups, sending.
class JsonConsumer : public WebsocketConsumer {
 protected:
    /// The groups that the connection joins once it is let in. An exception closes it with 1011.
    virtual awaitable<std::vector<std::string>> build_groups();
    /// The connection is let in and in its groups. An exception is answered by an `error` frame; the connection stays.
    virtual awaitable<> post_authentication();
    /// Some of what other processes sent to a group of this connection may be lost: read on from where you keep it.
    /// Runs like the other hooks; an exception is logged and answered by an `error` frame. Does nothing by default; a
    /// channel layer of one process loses nothing.
    virtual awaitable<> on_gap(Gap gap);

    /// Sends any JSON, as it is.
    void send_json(const boost::json::value& json);
    /// Whether the connection is in its groups: false in an on_disconnect that came before.
    bool joined() const noexcept;
    /// Joins a group besides those of build_groups(). One that the connection is in already stays as it is.
    /// @param name  1 to 200 bytes, the first of which is not `~`
    /// @throws ConfigurationError for another name, std::length_error beyond Settings::max_groups_per_connection
    awaitable<> join_group(std::string name);
    /// Leaves a group: nothing that is sent to it comes any more, not even what has been sent to it already and waits
    /// for this connection's thread. False where the connection is not in it.
    bool leave_group(std::string_view name);
    /// The groups of build_groups() and join_group(), in the order in which they were joined. Until the next of
    /// join_group() and leave_group().
    const std::vector<std::string>& groups() const noexcept;
    /// Stands for this connection, its user and the ref of the message being handled, when something is sent on its
    /// behalf elsewhere. From this connection's thread; the handle itself may go anywhere.
    SenderHandle sender_handle() const;

    // For the typed shell.
    /// An empty string of this thread's, whose memory is used again; until the next call.
    static std::string& encode_buffer();
    const EncodeOptions& encoding() const noexcept;
    DecodeOptions decoding() const noexcept;
    /// Ends the text with the ref, if one is being answered, and sends it.
    void send_encoded(std::string& text, std::string_view action, FrameDelivery delivery = {});
    void publish(std::span<const std::string> groups, std::string_view action, std::string body,
                 const GroupSendOptions& options, Delivery delivery);
    /// Reads a message of the table's into `storage`. False where it was invalid: it has been answered.
    bool decode_message(const MessageTable& table, std::string_view text, const DecodeOptions& options,
                        void* storage);
    /// Reads what was sent to a group, given as the text that it is to be read from. False where it is not of the table,
    /// or invalid: that is logged and counted.
    bool decode_sent(const GroupEvent& sent, const MessageTable& table, std::string_view text,
                     const DecodeOptions& options, void* storage);
    /// How events are written, whatever the settings say of frames.
    static DecodeOptions plain_decoding() noexcept { return {}; }
    GroupMessageInfo info_of(const GroupEvent& sent) const noexcept;
    /// Sends another text in a group message's place. @param text  without its closing brace
    void send_group_frame(const GroupEvent& sent, std::string text);
    virtual std::optional<awaitable<>> chanx_begin_event(const GroupEvent& sent);
    virtual std::optional<awaitable<>> chanx_begin_group_message(GroupEventPtr sent);
    void enter_stage(AccessStage stage) noexcept;
    [[noreturn]] static void throw_anonymous();
    void accept_login(std::string user_key, std::string session_key,
                      std::optional<std::chrono::system_clock::time_point> expires_at);
    /// After authenticating again. False where it is another user.
    bool renew_login(std::string_view user_key, std::optional<std::chrono::system_clock::time_point> expires_at);
    static ConnectOutcome not_the_same_user();
    /// Waits for the first message, an AuthenticateMessage, and gives its token.
    /// @throws ApiException 401 for any other message
    awaitable<std::string> read_first_token();
    /// The subprotocol that goes with a token among the subprotocols.
    void choose_bearer(ConnectResponse& response) const;
    /// 401, and a log line that says why.
    ConnectOutcome refused(std::string_view authenticator, std::string_view reason) const;
    /// The `error` for a message that the user may not send, and a log line that names the permission.
    void deny_message(const Verdict& verdict);
    /// 401 or 403, and a log line that names the permission.
    ConnectOutcome denied(const Verdict& verdict, bool anonymous) const;
    static ConnectOutcome not_found();
    virtual std::optional<awaitable<>> chanx_decode_and_handle(std::string_view text) = 0;

 private:
    void chanx_report_authentication(const ConnectOutcome& outcome) final;
    awaitable<> chanx_join_groups() final;
    awaitable<> chanx_opened() final;
    std::optional<awaitable<>> chanx_begin_message(FrameKind kind, std::string_view message) final;
    std::optional<awaitable<>> chanx_begin_mail(const GroupEventPtr& sent) final;
    void chanx_report_failure(std::string_view text) final;
    void chanx_report_complete() final;
    std::string_view chanx_user_key() const noexcept final { return user_key_; }

    bool accept_message(std::string_view action, const ValidationErrors& errors);
    /// Counts a message against the limits. False where it is over one: it has been answered.
    bool within_rate(MessageIs message, const MessageLimit* own);
    template <class M>
    void send_standard(const M& message);

    std::string user_key_;
};

}  // namespace detail
}  // namespace chanx
