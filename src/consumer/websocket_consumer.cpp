#include <chanx/consumer/websocket_consumer.hpp>

#include "consumer/session.hpp"
#include "websocket/close_frame.hpp"

namespace chanx {

WebsocketConsumer::~WebsocketConsumer() = default;

awaitable<ConnectResponse> WebsocketConsumer::connect(const Scope&) { co_return ConnectResponse::accept(); }
awaitable<> WebsocketConsumer::on_connect() { co_return; }

awaitable<> WebsocketConsumer::receive_text(std::string) {
    close(detail::close_code::unsupported_data, "Text messages are not taken here");
    co_return;
}

awaitable<> WebsocketConsumer::receive_binary(std::string) {
    close(detail::close_code::unsupported_data, "Binary messages are not taken here");
    co_return;
}

awaitable<> WebsocketConsumer::on_disconnect(CloseReason) { co_return; }

const Scope& WebsocketConsumer::scope() const noexcept { return session_->scope(); }
std::uint64_t WebsocketConsumer::connection_id() const noexcept { return session_->id(); }

void WebsocketConsumer::send_text(std::string_view text) { session_->send(FrameKind::text, text); }
void WebsocketConsumer::send_binary(std::string_view data) { session_->send(FrameKind::binary, data); }
BinaryWriter WebsocketConsumer::begin_binary() { return BinaryWriter(*session_); }

void WebsocketConsumer::close(std::uint16_t code, std::string_view reason) {
    session_->close(CloseReason::Cause::server, code, reason);
}

awaitable<bool> WebsocketConsumer::flush() { return session_->flush(); }

void WebsocketConsumer::start_task(awaitable<> body) { session_->spawn(std::move(body)); }

void WebsocketConsumer::chanx_answer(ConnectResponse&) const {}
void WebsocketConsumer::chanx_prepare(Transport&) const {}
awaitable<detail::ConnectOutcome> WebsocketConsumer::chanx_authenticate() { co_return detail::ConnectOutcome{}; }
awaitable<detail::ConnectOutcome> WebsocketConsumer::chanx_authenticate_again() { return chanx_authenticate(); }
void WebsocketConsumer::chanx_report_authentication(const detail::ConnectOutcome&) {}
awaitable<> WebsocketConsumer::chanx_join_groups() { co_return; }
awaitable<> WebsocketConsumer::chanx_opened() { return on_connect(); }

std::optional<awaitable<>> WebsocketConsumer::chanx_begin_message(FrameKind kind, std::string_view message) {
    if (kind == FrameKind::text) return receive_text(std::string(message));
    return receive_binary(std::string(message));
}

std::optional<awaitable<>> WebsocketConsumer::chanx_begin_mail(const GroupEventPtr&) { return std::nullopt; }

void WebsocketConsumer::chanx_report_failure(std::string_view) {
    session_->close(CloseReason::Cause::server, detail::close_code::internal_error, "Internal error");
}

void WebsocketConsumer::chanx_report_complete() {}
std::string_view WebsocketConsumer::chanx_user_key() const noexcept { return {}; }

}  // namespace chanx
