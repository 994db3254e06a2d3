#include "consumer/session.hpp"

#include <algorithm>

#include "consumer/failure.hpp"
#include "runtime/loop.hpp"
#include "websocket/close_frame.hpp"

// How a session handles messages, one at a time.

namespace chanx::detail {

namespace {

/// One in so many messages has its handler timed: a reading of the clock costs as much as a small handler.
constexpr std::uint64_t timed_share = 16;

}  // namespace

bool Session::on_message(FrameKind kind, std::string_view message) {
    if (ending_ || held_) return false;
    loop().counters().messages_received.add();
    return take(kind, message);
}

bool Session::take(FrameKind kind, std::string_view message) {
    if (busy_ || mailbox_) {
        const std::size_t mails = mailbox_ ? mailbox_->size() : 0;
        held_ = std::make_unique<HeldMessage>(HeldMessage{kind, std::string(message), mails});
        if (first_waiter_) loop().post([self = self_] { self->wake(); });
        return false;
    }
    handle(kind, message);
    if (ending_ || held_ || mailbox_) go_on();
    return !ending_ && !held_;
}

bool Session::on_binary_part(ReceivedPart part) {
    if (ending_ || held_) return false;
    // Of the one before it is not asked any more: that one has been handed to the consumer, or this would wait.
    last_part_ = part.last;
    if (part.last) loop().counters().messages_received.add();
    return take(FrameKind::binary, part.data);
}

void Session::handle(FrameKind kind, std::string_view text) {
    busy_ = true;
    CurrentMessage message{.number = ++message_count_};
    message.logged = settings_.log_received_messages && log_enabled(LogLevel::debug);
    message.timed = loop().counters().messages_received.value() % timed_share == 1;
    if (message.logged || message.timed) message.began = loop().now();
    current_ = &message;
    const RunningTask running(task_);
    std::optional<awaitable<>> handler;
    try {
        handler = consumer_->chanx_begin_message(kind, text);
    } catch (...) {
        message_ended(std::current_exception());
        return;
    }
    if (!handler) {
        message_ended(nullptr);
        return;
    }
    loop().start(
        task_, std::move(*handler),
        [](void* owner, std::exception_ptr error) {
            auto& session = *static_cast<Session*>(owner);
            const bool waited = session.waiting_ != nullptr;
            session.message_ended(error);
            if (waited) session.go_on();
        },
        this);
    if (busy_) {
        waiting_ = std::make_unique<CurrentMessage>(std::move(message));
        current_ = waiting_.get();
    }
}

void Session::message_ended(const std::exception_ptr& error) noexcept {
    try {
        report_ended(error);
    } catch (...) {
        log_failure("session", std::current_exception());
        close(CloseReason::Cause::server, close_code::internal_error, "Internal error");
    }
    current_ = nullptr;
    waiting_.reset();
    busy_ = false;
}

void Session::report_ended(const std::exception_ptr& error) {
    if (error) {
        const PublicFailure failure = public_view(error, "Failed to process message");
        count_error(failure.expected ? MessageError::refused : MessageError::failed);
        if (!failure.expected) log_failure("receive_message", error);
        consumer_->chanx_report_failure(failure.detail);
    }
    consumer_->chanx_report_complete();
    if (current_->timed) loop().counters().handler_duration.record(loop().now() - current_->began);
    const auto& ignored = settings_.log_ignored_actions;
    if (!current_->logged || std::ranges::find(ignored, current_->action) != ignored.end()) return;
    log(LogLevel::debug, "message handled",
        {{"message", current_->number},
         {"action", current_->action},
         {"milliseconds", std::chrono::duration<double, std::milli>(loop().now() - current_->began).count()}});
}

void Session::count_error(MessageError error) const noexcept { loop().counters().message_errors.add(error); }

void Session::set_message(Ref&& ref, std::string_view action) {
    if (ref) current_->ref = std::move(ref);  // there was none
    current_->action = action;
}

const Ref& Session::current_ref() const noexcept {
    static const Ref none;
    return current_ != nullptr && current_task() == &task_ ? current_->ref : none;
}

}  // namespace chanx::detail
