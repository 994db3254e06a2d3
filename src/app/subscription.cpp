#include <chanx/app/subscription.hpp>

#include "app/application_core.hpp"

#include <chanx/logging.hpp>

#include <exception>

namespace chanx {

namespace detail {

void EventSubscriber::on_event(const GroupEventPtr& event) noexcept {
    try {
        if (event->kind() == GroupEvent::Kind::gap) {
            if (on_gap_) on_gap_({event->text(), event->missed()});
            return;
        }
        // Others' events may go to the same group.
        if (event->kind() != GroupEvent::Kind::event || event->action() != action_) return;
        const ValidationErrors errors = take(event->text());
        if (errors.empty()) return;
        application_->count_dropped_event();
        const auto& first = errors.list().front();
        log(LogLevel::error, "event dropped",
            {{"group", group_}, {"action", action_}, {"error", first.type}, {"text", first.msg}});
    } catch (const std::exception& failure) {
        log(LogLevel::error, "subscription handler failed",
            {{"group", group_}, {"action", action_}, {"what", failure.what()}});
    } catch (...) {
        log(LogLevel::error, "subscription handler failed", {{"group", group_}, {"action", action_}});
    }
}

}  // namespace detail

Subscription& Subscription::operator=(Subscription&& other) noexcept {
    if (this == &other) return *this;
    end();
    layer_ = std::move(other.layer_);
    subscriber_ = std::move(other.subscriber_);
    return *this;
}

void Subscription::end() noexcept {
    if (!subscriber_) return;
    layer_->unsubscribe(*subscriber_, subscriber_->group());
    subscriber_.reset();
    layer_.reset();
}

}  // namespace chanx
