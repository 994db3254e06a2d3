#include <chanx/consumer/json_consumer.hpp>

#include <chanx/auth/first_message.hpp>
#include <chanx/error.hpp>
#include <chanx/http/response.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include "consumer/session.hpp"
#include "layer/group_name.hpp"
#include "websocket/close_frame.hpp"

namespace chanx::detail {

namespace {

/// A first message: a token and what stands around it.
constexpr std::size_t max_first_message_size = max_token_size + 1024;

bool is_logged(const Settings& settings, std::string_view action) {
    return settings.log_sent_messages && log_enabled(LogLevel::debug) &&
           std::ranges::find(settings.log_ignored_actions, action) == settings.log_ignored_actions.end();
}

/// In seconds, rounded up to tenths.
double retry_after(Duration wait) {
    return std::ceil(std::chrono::duration<double>(wait).count() * 10) / 10;
}

std::string tenths(double value) {
    std::array<char, 32> digits;
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

}  // namespace

awaitable<std::vector<std::string>> JsonConsumer::build_groups() { co_return std::vector<std::string>{}; }
awaitable<> JsonConsumer::post_authentication() { co_return; }
awaitable<> JsonConsumer::on_gap(Gap) { co_return; }

const EncodeOptions& JsonConsumer::encoding() const noexcept { return session().host().encoding(); }

DecodeOptions JsonConsumer::decoding() const noexcept {
    DecodeOptions options;
    options.camelize = encoding().camelize;
    options.action_key = encoding().action_key;
    return options;
}

bool JsonConsumer::joined() const noexcept { return session().joined(); }
const std::vector<std::string>& JsonConsumer::groups() const noexcept { return session().groups(); }

awaitable<> JsonConsumer::join_group(std::string name) { return session().join(std::move(name)); }
bool JsonConsumer::leave_group(std::string_view name) { return session().leave(name); }

SenderHandle JsonConsumer::sender_handle() const {
    return SenderHandle(session().id(), user_key_, session().current_ref());
}

void JsonConsumer::send_json(const boost::json::value& json) { session().send(FrameKind::text, serialize(json)); }

std::string& JsonConsumer::encode_buffer() {
    constexpr std::size_t kept = std::size_t{64} << 10;
    thread_local std::string buffer;
    buffer.clear();
    if (buffer.capacity() > kept) buffer = std::string();
    return buffer;
}

void JsonConsumer::send_encoded(std::string& text, std::string_view action, FrameDelivery delivery) {
    const Ref& ref = session().current_ref();
    append_tail(text, Tail{.ref = ref ? &ref : nullptr}, encoding());
    session().send(FrameKind::text, text, delivery);
    if (is_logged(session().settings(), action)) session().log(LogLevel::debug, "message sent", {{"action", action}});
}

template <class M>
void JsonConsumer::send_standard(const M& message) {
    std::string text;
    encode_open(text, message, encoding());
    send_encoded(text, M::action);
}

void JsonConsumer::publish(std::span<const std::string> groups, std::string_view action, std::string body,
                           const GroupSendOptions& options, Delivery delivery) {
    if (options.exclude_current && options.only_current) {
        throw std::invalid_argument("chanx: a group message with both exclude_current and only_current goes to nobody: set "
                                    "one of them");
    }
    // All of them before any is sent to.
    for (const auto& group : groups) require_group_name(group);
    const GroupEventPtr event =
        GroupEvent::make_message(action, std::move(body), encoding(),
                                 PublishOptions{.as = sender_handle(),
                                                .exclude_current = options.exclude_current,
                                                .reach = options.reach},
                                 std::move(delivery));
    if (options.only_current) {
        GroupDelivery to_self(event, 1);
        session().deliver(to_self);
    } else {
        for (const auto& group : groups) session().publish(group, event);
    }
    if (is_logged(session().settings(), action)) {
        session().log(LogLevel::debug, "group message sent", {{"action", action}, {"groups", groups.size()}});
    }
}

bool JsonConsumer::decode_message(const MessageTable& table, std::string_view text, const DecodeOptions& options,
                                  void* storage) {
    MessageHead head;
    ValidationErrors errors;
    detail::decode_message(table, text, options, storage, head, errors);
    const std::string_view action =
        head.index == no_alternative ? std::string_view() : table.alternatives[head.index].tag;
    session().set_message(std::move(head.ref), action);
    if (table.limits != nullptr || session().limits_messages()) [[unlikely]] {
        const bool has_own = table.limits != nullptr && head.index != no_alternative;
        if (!within_rate(errors.empty() ? MessageIs::valid : MessageIs::invalid,
                         has_own ? table.limits + head.index : nullptr))
            return false;
    }
    return accept_message(action, errors);
}

bool JsonConsumer::decode_sent(const GroupEvent& sent, const MessageTable& table, std::string_view text,
                               const DecodeOptions& options, void* storage) {
    MessageHead head;
    ValidationErrors errors;
    detail::decode_message(table, text, options, storage, head, errors);
    if (errors.empty()) return true;
    session().count_dropped_event();
    const auto& first = errors.list().front();
    session().log(LogLevel::error, "event dropped",
                  {{"action", sent.action()}, {"error", first.type}, {"text", first.msg}});
    return false;
}

std::optional<awaitable<>> JsonConsumer::chanx_begin_mail(const GroupEventPtr& sent) {
    switch (sent->kind()) {
        case GroupEvent::Kind::event: return chanx_begin_event(*sent);
        case GroupEvent::Kind::gap: return on_gap({sent->text(), sent->missed()});
        default: return chanx_begin_group_message(sent);
    }
}

std::optional<awaitable<>> JsonConsumer::chanx_begin_event(const GroupEvent& sent) {
    session().count_dropped_event();
    session().log(LogLevel::error, "event dropped", {{"action", sent.action()}, {"error", "the consumer takes no events"}});
    return std::nullopt;
}

std::optional<awaitable<>> JsonConsumer::chanx_begin_group_message(GroupEventPtr) { return std::nullopt; }

GroupMessageInfo JsonConsumer::info_of(const GroupEvent& sent) const noexcept {
    const Tail tail = sent.tail_for(session().id(), user_key_);
    return {tail.is_mine.value_or(false), tail.is_current.value_or(false)};
}

void JsonConsumer::send_group_frame(const GroupEvent& sent, std::string text) {
    append_tail(text, sent.tail_for(session().id(), user_key_), encoding());
    if (!session().ending()) session().append_group_frame(Frame::make(
        FrameKind::text, text, FrameDelivery::of(sent.action(), sent.delivery())));
}

bool JsonConsumer::renew_login(std::string_view user_key,
                               std::optional<std::chrono::system_clock::time_point> expires_at) {
    if (user_key != user_key_) return false;
    session().set_expiry(expires_at);
    return true;
}

ConnectOutcome JsonConsumer::not_the_same_user() { return {401, "Authentication required"}; }

void JsonConsumer::enter_stage(AccessStage stage) noexcept { session().enter_stage(stage); }

void JsonConsumer::throw_anonymous() { throw ApiException(401, "Authentication required"); }

bool JsonConsumer::within_rate(MessageIs message, const MessageLimit* own) {
    const Duration wait = session().take_rate(message, own);
    if (wait == Duration::zero()) return true;
    const std::string action(session().current_action());
    session().log(LogLevel::debug, "message rate limited", {{"action", action}});
    RateLimitError error{.retry_after = retry_after(wait)};
    if (!action.empty()) error.loc = {action};
    error.msg = "Too many messages: try again in " + tenths(error.retry_after) +
                (error.retry_after == 1 ? " second" : " seconds");
    send_standard(RateLimitedMessage{.payload = {std::move(error)}});
    session().count_refusal();
    return false;
}

bool JsonConsumer::accept_message(std::string_view action, const ValidationErrors& errors) {
    if (errors.empty()) return true;
    session().count_error(MessageError::invalid);
    session().log(LogLevel::debug, "invalid message",
                  {{"action", action}, {"errors", errors.list().size()}, {"first", errors.list().front().type}});
    send_standard(ValidationErrorMessage{.payload = errors.list()});
    return false;
}

void JsonConsumer::accept_login(std::string user_key, std::string session_key,
                                std::optional<std::chrono::system_clock::time_point> expires_at) {
    user_key_ = std::move(user_key);
    session().set_login(std::move(session_key), expires_at);
}

awaitable<std::string> JsonConsumer::read_first_token() {
    const std::optional<std::string> text = co_await session().first_message(max_first_message_size);
    std::string_view problem = "the first message is binary";
    if (text) {
        auto decoded = MessageSet<AuthenticateMessage>::decode(*text, decoding());
        problem = "the first message is no authenticate with a token";
        if (decoded) {
            std::string token = std::move(std::get<0>(decoded.message()).payload.token);
            if (!token.empty() && token.size() <= max_token_size) co_return token;
        }
    }
    log_refused(scope(), type_name<AuthenticateMessage>(), problem);
    throw ApiException(401, std::string(refused_text));
}

void JsonConsumer::choose_bearer(ConnectResponse& response) const {
    if (response.status == 101)
        response.subprotocol = answered_subprotocol(session().scope(), std::move(response.subprotocol));
}

ConnectOutcome JsonConsumer::refused(std::string_view authenticator, std::string_view reason) const {
    log_refused(scope(), authenticator, reason);
    return {401, std::string(refused_text)};
}

void JsonConsumer::deny_message(const Verdict& verdict) {
    const std::string action(session().current_action());
    session().count_error(MessageError::forbidden);
    session().log(LogLevel::info, "message denied", {{"action", action}, {"permission", verdict.denied_by}});
    send_standard(ValidationErrorMessage{.payload = {{"permission_denied", {action}, "Permission denied"}}});
}

ConnectOutcome JsonConsumer::denied(const Verdict& verdict, bool anonymous) const {
    session().log(LogLevel::info, "permission denied", {{"permission", verdict.denied_by}});
    if (anonymous) return {401, "Authentication required"};
    return {403, "Permission denied"};
}

ConnectOutcome JsonConsumer::not_found() { return {404, "Not found"}; }

void JsonConsumer::chanx_report_authentication(const ConnectOutcome& outcome) {
    if (!session().settings().send_authentication_message) return;
    AuthenticationMessage message;
    message.payload.status_code = outcome.status;
    message.payload.status_text = status_text(outcome.status);
    message.payload.data.detail = outcome.detail;
    send_standard(message);
}

awaitable<> JsonConsumer::chanx_join_groups() {
    std::vector<std::string> groups = co_await build_groups();
    for (auto& group : groups) co_await session().join(std::move(group));
    if (const std::string key(scope().session_key()); !key.empty()) {
        co_await session().join_login(key);
        // It may have ended after it was looked up and before the group could hear of it.
        if (session().host().login_ended(key)) close(4401, "Logged out");
    }
    session().set_groups_joined();
}

awaitable<> JsonConsumer::chanx_opened() { return post_authentication(); }

std::optional<awaitable<>> JsonConsumer::chanx_begin_message(FrameKind kind, std::string_view message) {
    if (kind == FrameKind::text) return chanx_decode_and_handle(message);
    close(close_code::unsupported_data, "Binary messages are not taken here");
    return std::nullopt;
}

void JsonConsumer::chanx_report_failure(std::string_view text) {
    send_standard(ErrorMessage{.payload = {std::string(text)}});
}

void JsonConsumer::chanx_report_complete() {
    if (!session().settings().send_completion) return;
    session().drain_groups();
    if (session().handles_event()) {
        session().send_after_mail(session().host().event_complete_frame());
        return;
    }
    std::string& text = encode_buffer();
    encode_open(text, CompleteMessage{}, encoding());
    const Ref& ref = session().current_ref();
    append_tail(text, Tail{.ref = ref ? &ref : nullptr}, encoding());
    if (session().mail_is_before()) {
        session().send_after_mail(Frame::make(FrameKind::text, text));
    } else {
        session().send(FrameKind::text, text);
    }
}

}  // namespace chanx::detail
