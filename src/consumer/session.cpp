#include "consumer/session.hpp"

#include <chanx/consumer/binary_writer.hpp>
#include <chanx/error.hpp>

#include <stdexcept>

#include "consumer/failure.hpp"
#include "runtime/loop.hpp"
#include "websocket/close_frame.hpp"

namespace chanx::detail {

namespace {

std::string_view hook_of(AccessStage stage) noexcept {
    switch (stage) {
        case AccessStage::permission: return "permission";
        case AccessStage::lookup: return "lookup";
        default: return "authentication";
    }
}

static_assert(CloseCounters::causes.size() == static_cast<std::size_t>(CloseReason::Cause::idle) + 1);

}  // namespace

Session::Session(Loop& loop, SessionHost& host, const ConsumerType& type, Scope scope, const Settings& settings,
                 std::shared_ptr<const void> admission)
    : GroupMember(loop), host_(host), settings_(settings), scope_(std::move(scope)), consumer_(type.create()),
      admission_(std::move(admission)),
      limits_messages_(settings.message_rate.limited() || settings.user_message_rate.limited()),
      intercepts_(type.intercepts) {
    consumer_->session_ = this;
    loop.counters().session_objects_made.add();
}

Session::~Session() { loop().counters().session_objects_destroyed.add(); }

void Session::go_on() {
    const auto run_what_is_due = [this] {
        while (!busy_ && !ending_) {
            if (held_ && held_->mails_before == 0) {
                const auto message = std::exchange(held_, nullptr);
                transport_->resume_reading();
                handle(message->kind, message->text);
            } else if (!mailbox_) {
                break;
            } else if (mailbox_->empty()) {
                mailbox_.reset();
                by_mail_ = intercepts_;
            } else {
                handle_mail();
            }
        }
        if (busy_ || !ending_) return;
        mailbox_.reset();
        awaitable<> end = finish();
        busy_ = true;
        loop().start(
            task_, std::move(end),
            [](void* owner, std::exception_ptr error) {
                auto& session = *static_cast<Session*>(owner);
                if (error) session.log_failure("session", error);
                session.run_ended_ = true;
                session.end_if_done();
            },
            this);
    };
    try {
        run_what_is_due();
    } catch (...) {
        // Without memory. What was due is gone, or the end is tried once more.
        if (ending_) {
            loop().post([self = self_] { self->go_on(); });
        } else {
            run_out_of_memory();
        }
    }
}

awaitable<> Session::open() {
    const std::uint64_t rechecks = host_.rechecks();
    const ConnectOutcome outcome = co_await connect_phase();
    if (ending_) {
        // It went away, or was closed, before it was let in.
    } else if (outcome.status != 200) {
        loop().counters().count_authentication(outcome.status);
        log(LogLevel::info, "connection refused", {{"status", outcome.status}, {"detail", outcome.detail}});
        consumer_->chanx_report_authentication(outcome);
        close(CloseReason::Cause::server, close_code_of(outcome.status), outcome.detail);
    } else if (!host_.admit_user(*this)) {
        const ConnectOutcome refusal{429, "Too many connections"};
        loop().counters().count_authentication(refusal.status);
        log(LogLevel::info, "connection refused", {{"status", refusal.status}, {"detail", refusal.detail}});
        consumer_->chanx_report_authentication(refusal);
        close(CloseReason::Cause::server, close_code::try_again_later, refusal.detail);
    } else {
        accepted_ = true;
        loop().counters().count_authentication(outcome.status);
        log(LogLevel::info, "connection accepted");
        consumer_->chanx_report_authentication(outcome);
    }
    established_ = true;
    admission_.reset();
    if (!accepted_) co_return;
    consumer_->chanx_prepare(*transport_);
    transport_->resume_reading();
    co_await open_phase(rechecks);
}

awaitable<ConnectOutcome> Session::connect_phase() {
    arm_deadline(settings_.authentication_timeout);
    const TimePoint began = loop().now();
    ConnectOutcome outcome;
    std::exception_ptr error;
    try {
        outcome = co_await consumer_->chanx_authenticate();
    } catch (...) {
        error = std::current_exception();
    }
    deadline_.reset();
    const bool late = std::exchange(task_.cancelled, false);
    if (late) {
        // Whatever came of it: an authentication may end well without having waited for anything that is cancelled.
        outcome = {500, "Authentication took too long"};
        if (awaits_first_message_) outcome = {401, "Authentication required"};
    } else if (error) {
        PublicFailure failure = public_view(error, "Internal server error");
        if (!failure.expected && !ending_) log_failure(hook_of(stage_), error);
        outcome = {failure.status, std::move(failure.detail)};
    }
    LoopCounters& counters = loop().counters();
    counters.authentication_duration.record(loop().now() - began);
    co_return outcome;
}

awaitable<> Session::open_phase(std::uint64_t rechecks) {
    std::exception_ptr error;
    try {
        co_await consumer_->chanx_join_groups();
    } catch (...) {
        error = std::current_exception();
    }
    if (error) {
        if (!ending_) {
            log_failure("build_groups", error);
            consumer_->chanx_report_failure("Failed to join groups");
            close(CloseReason::Cause::server, close_code::internal_error, "Failed to join groups");
        }
        co_return;
    }
    if (ending_) co_return;
    if (host_.rechecks() != rechecks) {
        // Access may have been revoked after it was checked and before the groups could tell.
        if (!mailbox().check_deadline.armed()) arm_check_deadline(loop().now());
        co_await recheck();
        if (ending_) co_return;
    }
    if (!mailbox_) by_mail_ = intercepts_;
    try {
        co_await consumer_->chanx_opened();
    } catch (...) {
        error = std::current_exception();
    }
    if (error && !ending_) {
        const PublicFailure failure = public_view(error, "Failed to complete the connection");
        if (!failure.expected) log_failure("post_authentication", error);
        consumer_->chanx_report_failure(failure.detail);
    }
    consumer_->chanx_report_complete();
}

awaitable<> Session::finish() {
    if (accepted_) co_await disconnect_phase();
    leave_groups();
    if (tasks_) co_await tasks_->cancel_and_wait();
}

awaitable<> Session::disconnect_phase() {
    task_.cancelled = false;
    arm_deadline(settings_.hook_timeout);
    std::exception_ptr error;
    try {
        co_await consumer_->on_disconnect(*ending_);
    } catch (...) {
        error = std::current_exception();
    }
    deadline_.reset();
    if (error) log_failure("on_disconnect", error);
    task_.cancelled = false;
}

void Session::require_open() const {
    if (!transport_) {
        throw std::logic_error("chanx: the connection is not open yet: connect() and constructors only decide on it");
    }
}

void Session::send(FrameKind kind, std::string_view payload, FrameDelivery delivery) {
    require_open();
    if (!ending_) append(Frame::make(kind, payload, delivery));
}

void Session::append(FramePtr frame) {
    if (!ending_) transport_->append(std::move(frame));
}

void Session::close(CloseReason::Cause cause, std::uint16_t code, std::string_view reason) {
    require_open();
    if (ending_) return;
    require_sendable_close_code(code);
    transport_->append(Frame::make_close(code, reason));
    begin_ending({cause, code, std::string(reason)});
}

void Session::begin_ending(CloseReason reason) {
    if (ending_) return;
    ending_ = std::make_unique<CloseReason>(std::move(reason));
    loop().counters().closes.add(static_cast<std::size_t>(ending_->cause), ending_->code);
    log(LogLevel::debug, "connection ending", {{"code", ending_->code}});
    expiry_.reset();
    held_.reset();
    if (mailbox_) mailbox_->clear();
    detach_writer();
    // Out of the member tables at once; on_disconnect can still send to its groups, whose names are kept.
    leave_groups();
    if (sending_) sending_->waiters.wake_all();
    transport_->finish(static_cast<std::size_t>(settings_.close_timeout.count()));
    if (!established_) {
        loop().post([self = self_] { self->task_.request_cancel(); });
    } else if (accepted_) {
        if (!deadline_) arm_deadline(settings_.hook_timeout);
        loop().post([self = self_] { self->go_on(); });
    }
}

void Session::arm_deadline(Duration after) {
    if (!deadline_) {
        deadline_ = std::make_unique<Timer>(
            [](void* self) {
                auto& session = *static_cast<Session*>(self);
                session.log(LogLevel::warn, session.accepted_
                                                ? "hook cancelled: it ran on after its connection's end"
                                                : "connect phase cancelled: it took too long");
                session.task_.request_cancel();
            },
            this);
    }
    loop().arm(*deadline_, after);
}

awaitable<bool> Session::flush() {
    require_open();
    while (!ending_ && transport_->outbox_bytes() > 0) co_await next_flush();
    co_return !ending_;
}

awaitable<> Session::next_flush() {
    transport_->await_flush();
    return sending().waiters.wait();
}

Session::Sending& Session::sending() {
    if (!sending_) sending_ = std::make_unique<Sending>(loop());
    return *sending_;
}

void Session::spawn(awaitable<> body) {
    require_open();
    if (!tasks_) {
        tasks_ = std::make_unique<TaskSet>(
            loop(),
            [](void* self, const std::exception_ptr& error) {
                static_cast<Session*>(self)->log_failure("task", error);
            },
            this);
    }
    if (tasks_->size() >= settings_.max_tasks_per_connection) {
        throw std::length_error("chanx: this connection already has " + std::to_string(tasks_->size()) +
                                " tasks (Settings::max_tasks_per_connection)");
    }
    tasks_->start(std::move(body));
}

inline void Session::deliver_or_throw(GroupDelivery& delivery) {
    const GroupEvent& event = delivery.event();
    if (event.kind() != GroupEvent::Kind::message || by_mail_) [[unlikely]] {
        deliver_otherwise(delivery);
        return;
    }
    if (event.exclude_current() && event.sender().connection() == id()) return;
    // One that is ending has a Close in its outbox, or nobody to send to: nothing is appended any more.
    const bool from_user = !event.sender().user().empty();
    // As append_group_frame(), which would be a call more for each delivery.
    const bool is_new = transport_->append(
        delivery.frame_for(id(), from_user ? consumer_->chanx_user_key() : std::string_view()));
    if (settings_.send_completion && is_new) transport_->append(host_.group_complete_frame());
}

void Session::deliver(GroupDelivery& delivery) noexcept {
    try {
        deliver_or_throw(delivery);
    } catch (...) {
        run_out_of_memory();
    }
}

// One that misses a message must not go on as if it had it.
void Session::run_out_of_memory() noexcept { close(CloseReason::Cause::server, close_code::internal_error, "Out of memory"); }

void Session::append_group_frame(FramePtr frame) {
    const bool is_new = transport_->append(std::move(frame));
    if (settings_.send_completion && is_new) transport_->append(host_.group_complete_frame());
}

void Session::overflowed() noexcept {
    close(CloseReason::Cause::overflow, close_code::try_again_later, "The server fell behind");
}

void Session::on_ending(CloseReason reason) { begin_ending(std::move(reason)); }

void Session::on_flushed() {
    if (sending_) sending_->waiters.wake_all();
}

void Session::on_closed() {
    begin_ending({});
    transport_closed_ = true;
    end_if_done();
}

void Session::end_if_done() {
    if (!run_ended_ || !transport_closed_ || !self_) return;
    if (accepted_) log(LogLevel::info, "connection closed", {{"code", ending_->code}, {"messages", message_count_}});
    host_.session_ended(*this);
    // Not destroyed here: this is called from its own coroutine or transport.
    loop().post([self = std::exchange(self_, nullptr)] {});
}

void Session::abandon() {
    if (!self_) return;
    leave_groups();
    detach_writer();  // it is destroyed with its coroutine, when nothing can be sent
    // What waits in the loop's queue may keep the transport for longer than its socket's surroundings are there.
    if (transport_) transport_->abandon();
    host_.session_ended(*this);
    loop().keep(std::exchange(self_, nullptr));
}

void Session::log(LogLevel level, std::string_view event, LogFields fields) const {
    if (!log_enabled(level)) return;
    const Endpoint client = scope_.client();
    // What a proxy says of its client is often without a port.
    const std::string peer = client.port == 0 ? client.address : client.address + ":" + std::to_string(client.port);
    std::vector<LogField> all{{"connection", id()},
                              {"request", scope_.request_id()},
                              {"path", scope_.path()},
                              {"user", consumer_->chanx_user_key()},
                              {"peer", peer}};
    all.insert(all.end(), fields.begin(), fields.end());
    chanx::log(level, event, all);
}

void Session::log_failure(std::string_view where, const std::exception_ptr& error) const noexcept {
    // That it was cancelled has been logged.
    if (task_.cancelled && is_cancellation(error)) return;
    loop().counters().hook_failures.add(where);
    try {
        log(LogLevel::error, "hook failed",
            {{"hook", where},
             {"message", message_count_},
             {"action", current_ != nullptr ? current_->action : std::string_view()},
             {"what", text_of(error)}});
    } catch (...) {
        // There is no memory for the line.
    }
}

}  // namespace chanx::detail
