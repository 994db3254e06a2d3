#pragma once

#include <chanx/auth/permission.hpp>
#include <chanx/chrono.hpp>
#include <chanx/consumer/websocket_consumer.hpp>
#include <chanx/layer/group_event.hpp>
#include <chanx/message/message_set.hpp>
#include <chanx/message/standard.hpp>

#include <boost/json/fwd.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chanx::detail {

/// The compiled part of JsonWebsocketConsumer: standard frames, groups, sending.
class JsonConsumer : public WebsocketConsumer {
 protected:
    /// The groups that the connection joins once it is let in. An exception closes it with 1011.
    virtual awaitable<std::vector<std::string>> build_groups();
    /// The connection is let in and in its groups. An exception is answered by an `error` frame; the connection stays.
    virtual awaitable<> post_authentication();

    /// Sends any JSON, as it is.
    void send_json(const boost::json::value& json);
    /// Whether the connection is in its groups: false in an on_disconnect that came before.
    bool joined() const noexcept;
    /// The groups of build_groups().
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
    void send_encoded(std::string& text, std::string_view action);
    void publish(std::span<const std::string> groups, std::string_view action, std::string body,
                 const GroupSendOptions& options);
    /// Reads a message of the table's into `storage`. False where it was invalid: it has been answered.
    bool decode_message(const MessageTable& table, std::string_view text, const DecodeOptions& options,
                        void* storage);
    [[noreturn]] static void throw_anonymous();
    void accept_login(std::string user_key, std::string session_key,
                      std::optional<std::chrono::system_clock::time_point> expires_at);
    /// 401 or 403, and a log line that names the permission.
    ConnectOutcome denied(const Verdict& verdict, bool anonymous) const;
    static ConnectOutcome not_found();
    virtual std::optional<awaitable<>> decode_and_handle(std::string_view text) = 0;

 private:
    void report_authentication(const ConnectOutcome& outcome) final;
    awaitable<> join_groups() final;
    awaitable<> opened() final;
    std::optional<awaitable<>> begin_message(FrameKind kind, std::string_view message) final;
    void report_failure(std::string_view text) final;
    void report_complete() final;
    std::string_view user_key() const noexcept final { return user_key_; }

    bool accept_message(Ref&& ref, std::string_view action, const ValidationErrors& errors);
    template <class M>
    void send_standard(const M& message);

    std::string user_key_;
};

}  // namespace chanx::detail
