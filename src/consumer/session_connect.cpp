#include "consumer/failure.hpp"
#include "consumer/session.hpp"
#include "runtime/loop.hpp"

#include <chanx/error.hpp>

#include <algorithm>
#include <exception>

// Before a connection is let in: the answer to the upgrade request, and the one message that may be read.

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
