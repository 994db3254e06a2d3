#include "consumer/failure.hpp"
#include "consumer/session.hpp"
#include "runtime/loop.hpp"
#include "websocket/close_frame.hpp"

#include <chanx/error.hpp>

#include <algorithm>
#include <exception>
#include <utility>

// Before a connection is let in: the answer to the upgrade request, the start, and the one message that may be read.

namespace chanx::detail {

awaitable<ConnectResponse> Session::connect() {
    std::exception_ptr error;
    try {
        ConnectResponse response = co_await consumer_->connect(scope_);
        consumer_->chanx_answer(response);
        require_valid(response, scope_);
        co_return response;
    } catch (...) {
        error = std::current_exception();
    }
    const PublicFailure failure = public_view(error, "Internal server error");
    if (!failure.expected && !is_cancellation(error)) log_failure("connect", error);
    co_return ConnectResponse::refuse(failure.status, failure.detail);
}

void Session::start(std::shared_ptr<Session> self, std::shared_ptr<Transport> transport) {
    // What there may be no memory for comes first: once the host has counted it, the session begins.
    awaitable<> opening = open();
    self_ = std::move(self);
    transport_ = std::move(transport);
    try {
        host_.session_started(*this);
    } catch (...) {
        const auto kept = std::exchange(self_, nullptr);
        throw;
    }
    transport_->start(*this, settings_.max_message_size, settings_.max_outbox_bytes);
    transport_->set_max_fragments(settings_.max_message_fragments);
    loop().start(
        task_, std::move(opening),
        [](void* owner, std::exception_ptr error) {
            auto& session = *static_cast<Session*>(owner);
            if (error) {
                session.log_failure("session", error);
                session.close(CloseReason::Cause::server, close_code::internal_error, "Internal error");
            }
            session.busy_ = false;
            session.go_on();
        },
        this);
}

/// Waits for the one message that is read before the connection is let in, until the task is cancelled.
struct Session::FirstMessage {
    Session& session;

    bool await_ready() const noexcept { return session.held_ || session.ending() || session.task_.cancelled; }
    void await_suspend(std::coroutine_handle<> handle) const noexcept {
        session.first_waiter_ = handle;
        session.task_.wait_for(&session, [](void* self) noexcept {
            auto& waiting = *static_cast<Session*>(self);
            waiting.loop().post([kept = waiting.self_] { kept->wake(); });
        });
    }
    void await_resume() const {
        session.task_.arrived();
        if (session.ending() || session.task_.cancelled) throw Cancelled();
    }
};

awaitable<std::optional<std::string>> Session::first_message(std::size_t max_size) {
    transport_->set_max_message_size(std::min(max_size, settings_.max_message_size));
    awaits_first_message_ = true;
    transport_->resume_reading();
    co_await FirstMessage{*this};
    awaits_first_message_ = false;
    transport_->set_max_message_size(settings_.max_message_size);
    const auto message = std::exchange(held_, nullptr);
    if (message->kind != FrameKind::text) co_return std::nullopt;
    co_return std::move(message->text);
}

void Session::wake() {
    if (first_waiter_) resume(task_, std::exchange(first_waiter_, nullptr));
}

}  // namespace chanx::detail
