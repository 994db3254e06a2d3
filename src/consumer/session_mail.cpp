#include "consumer/failure.hpp"
#include "consumer/session.hpp"
#include "runtime/loop.hpp"
#include "websocket/close_frame.hpp"

#include <chanx/clock.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

// What reaches a consumer through its groups: put into the mailbox by deliver(), which runs no user code, and
// handled between hooks, in the order in which it and messages arrived.

namespace chanx::detail {
namespace {

constexpr std::string_view event_hook = "receive_event";

std::string_view hook_for(GroupEvent::Kind kind) noexcept {
    switch (kind) {
        case GroupEvent::Kind::event: return event_hook;
        case GroupEvent::Kind::gap: return "on_gap";
        default: return "on_group_message";
    }
}

/// What a check says that can't be made now.
constexpr int unavailable = 503;

/// How long a check waits before it is made once more: 20 to 40 ms, then twice that, and so on up to 0.5 to 1 s. Each
/// connection's own, for all of them may have been turned away at once.
Duration pause_before_check(std::uint64_t connection, unsigned attempt) noexcept {
    constexpr std::uint64_t first = 40'000;  // us
    constexpr std::uint64_t longest = 1'000'000;
    const std::uint64_t bound = std::min(longest, first << std::min(attempt - 1, 5U));
    // The finalizer of a hash: neighbours' numbers come out far apart.
    std::uint64_t mixed = (connection << 8) + attempt;
    mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccdU;
    mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53U;
    mixed ^= mixed >> 33;
    return std::chrono::microseconds(bound / 2 + mixed % (bound / 2 + 1));
}

}  // namespace

void Session::deliver_otherwise(GroupDelivery& delivery) {
    const GroupEvent& event = delivery.event();
    switch (event.kind()) {
        case GroupEvent::Kind::close:
            close(CloseReason::Cause::server, event.close_code(), event.reason());
            break;
        case GroupEvent::Kind::recheck:
            // One that is still being let in sees that there was a recheck when it has joined its groups.
            if (accepted_ && event.concerns(consumer_->chanx_user_key())) enqueue_check(delivery.shared_event());
            break;
        case GroupEvent::Kind::event:
        case GroupEvent::Kind::gap:
            enqueue(delivery.shared_event());
            break;
        case GroupEvent::Kind::message:
            if (!event.exclude_current() || event.sender().connection() != id())
                enqueue(delivery.shared_event());
            break;
    }
}

Mailbox& Session::mailbox() {
    if (!mailbox_) {
        mailbox_ =
            std::make_unique<Mailbox>([](void* self) { static_cast<Session*>(self)->check_is_late(); }, this);
    }
    return *mailbox_;
}

void Session::enqueue(const GroupEventPtr& event) {
    if (ending_) return;
    Mailbox& box = mailbox();
    if (box.size() >= settings_.max_mailbox_events ||
        (!box.empty() && box.bytes() + event->size() > settings_.max_outbox_bytes)) {
        log(LogLevel::warn, "mailbox full", {{"events", box.size()}, {"bytes", box.bytes()}});
        close(CloseReason::Cause::overflow, close_code::try_again_later, "Too many events wait");
        return;
    }
    box.push({event, {}});
    if (busy_ || std::exchange(box.run_posted, true)) return;
    loop().post([self = self_] {
        if (self->mailbox_) self->mailbox_->run_posted = false;
        self->go_on();
    });
}

void Session::enqueue_check(const GroupEventPtr& event) {
    if (ending_ || (mailbox_ && mailbox_->check_waits)) return;
    enqueue(event);
    if (ending_) return;
    mailbox_->check_waits = true;
    mailbox_->check_called = loop().now();
    // One that runs keeps its own until it has ended.
    if (!mailbox_->check_deadline.armed()) arm_check_deadline(mailbox_->check_called);
    // Nothing that comes to its groups from now on passes before the check has.
    by_mail_ = true;
}

void Session::arm_check_deadline(TimePoint called) {
    loop().arm(mailbox().check_deadline, called + settings_.authentication_timeout - loop().now());
}

void Session::check_is_late() {
    log(LogLevel::warn, "recheck took too long");
    close(CloseReason::Cause::server, close_code::internal_error, "Access could not be checked");
    if (mailbox_ && mailbox_->checking) task_.request_cancel();
}

bool Session::mail_is_before() const noexcept {
    if (ending_ || !mailbox_ || mailbox_->empty()) return false;
    // Behind a message comes all that waits, behind an event only what came since it began.
    return current_ != nullptr || mailbox_->hook.empty() || mailbox_->pushed != mailbox_->pushed_before;
}

void Session::send_after_mail(FramePtr frame) {
    if (mail_is_before()) {
        // Under no bound: there is at most one for each message and each event.
        mailbox_->push({{}, std::move(frame)});
    } else {
        append(std::move(frame));
    }
}

bool Session::handles_event() const noexcept {
    return current_ == nullptr && mailbox_ && mailbox_->hook == event_hook;
}

void Session::handle_mail() {
    const Mailbox::Mail mail = mailbox_->pop();
    if (held_ && held_->mails_before > 0) --held_->mails_before;
    if (mail.frame) {
        append(mail.frame);
        return;
    }
    const GroupEvent& event = *mail.event;
    if (event.kind() == GroupEvent::Kind::message && !intercepts_) {
        append_group_frame(event.frame_for(id(), user_for(event)));
        return;
    }
    busy_ = true;
    mailbox_->pushed_before = mailbox_->pushed;
    mailbox_->hook_waits = false;
    if (event.kind() == GroupEvent::Kind::recheck) {
        mailbox_->check_waits = false;
        mailbox_->hook = "recheck";
        start_mail_hook(recheck());
        return;
    }
    mailbox_->hook = hook_for(event.kind());
    const RunningTask running(task_);
    std::optional<awaitable<>> handler;
    try {
        handler = consumer_->chanx_begin_mail(mail.event);
    } catch (...) {
        mail_ended(std::current_exception());
        return;
    }
    if (handler) {
        start_mail_hook(std::move(*handler));
    } else {
        mailbox_->hook = {};
        busy_ = false;
    }
}

void Session::start_mail_hook(awaitable<> hook) {
    loop().start(
        task_, std::move(hook),
        [](void* owner, std::exception_ptr error) {
            auto& session = *static_cast<Session*>(owner);
            const bool waited = session.mailbox_->hook_waits;
            session.mail_ended(error);
            if (waited) session.go_on();
        },
        this);
    mailbox_->hook_waits = busy_;
}

void Session::mail_ended(const std::exception_ptr& error) noexcept {
    const std::string_view hook = mailbox_->hook;
    try {
        if (error && hook == "recheck") {
            log_failure(hook, error);
            close(CloseReason::Cause::server, close_code::internal_error, "Access could not be checked");
        } else if (error) {
            const PublicFailure failure = public_view(
                error, hook == "on_group_message" ? "Failed to process message" : "Failed to process event");
            if (!failure.expected) log_failure(hook, error);
            consumer_->chanx_report_failure(failure.detail);
        }
        if (hook == event_hook) consumer_->chanx_report_complete();
    } catch (...) {
        log_failure("session", std::current_exception());
        close(CloseReason::Cause::server, close_code::internal_error, "Internal error");
    }
    mailbox_->hook = {};
    busy_ = false;
}

awaitable<> Session::recheck() {
    mailbox_->checking = true;
    std::optional<ConnectOutcome> outcome;
    for (unsigned attempt = 0; !outcome; ++attempt) {
        std::exception_ptr error;
        try {
            if (attempt > 0) co_await sleep_for(pause_before_check(id(), attempt));
            // It may have ended during the pause.
            if (ending_) co_return;
            outcome = co_await consumer_->chanx_authenticate_again();
        } catch (...) {
            error = std::current_exception();
        }
        if (ending_) co_return;  // by its deadline, too
        if (!error) break;
        PublicFailure failure = public_view(error, "Access could not be checked");
        if (failure.expected && failure.status == unavailable) {
            log(LogLevel::debug, "recheck put off", {{"attempt", attempt + 1}, {"detail", failure.detail}});
            continue;
        }
        if (!failure.expected) log_failure("recheck", error);
        outcome = {failure.status, std::move(failure.detail)};
    }
    mailbox_->checking = false;
    mailbox_->check_deadline.cancel();
    if (mailbox_->check_waits) arm_check_deadline(mailbox_->check_called);
    if (outcome->status == 200) co_return;
    log(LogLevel::info, "access revoked", {{"status", outcome->status}, {"detail", outcome->detail}});
    close(CloseReason::Cause::server, close_code_of(outcome->status), outcome->detail);
}

}  // namespace chanx::detail
