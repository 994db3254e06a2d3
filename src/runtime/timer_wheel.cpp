#include "runtime/timer_wheel.hpp"

#include <algorithm>

namespace chanx::detail {

void Timer::cancel() noexcept {
    if (wheel_ != nullptr) wheel_->unlink(*this);
}

TimerWheel::~TimerWheel() {
    for (auto& slot : slots_) {
        while (slot != nullptr) unlink(*slot);
    }
}

void TimerWheel::link(Timer*& head, Timer& timer) noexcept {
    timer.next_ = head;
    timer.link_ = &head;
    if (head != nullptr) head->link_ = &timer.next_;
    head = &timer;
}

void TimerWheel::unlink(Timer& timer) noexcept {
    *timer.link_ = timer.next_;
    if (timer.next_ != nullptr) timer.next_->link_ = timer.link_;
    timer.next_ = nullptr;
    timer.link_ = nullptr;
    timer.wheel_ = nullptr;
    --count_;
}

void TimerWheel::pass_idle(TimePoint now) noexcept {
    const std::int64_t now_tick = (now - origin_) / tick;
    if (count_ == 0) {
        done_ = std::max(done_, now_tick);
        return;
    }
    // Ends within a turn of the wheel, and each tick is passed once.
    while (done_ < now_tick && slots_[static_cast<std::size_t>(done_ + 1) % slot_count] == nullptr) ++done_;
}

void TimerWheel::arm(Timer& timer, TimePoint deadline) {
    timer.cancel();
    timer.deadline_ = deadline;
    timer.wheel_ = this;
    const std::int64_t at = std::max(tick_of(deadline), done_ + 1);
    link(slots_[static_cast<std::size_t>(at) % slot_count], timer);
    ++count_;
}

void TimerWheel::expire(TimePoint now) {
    const std::int64_t now_tick = (now - origin_) / tick;
    // After a long pause each slot is looked at once, not once per tick missed.
    done_ = std::max(done_, now_tick - static_cast<std::int64_t>(slot_count));
    while (done_ < now_tick) {
        Timer*& slot = slots_[static_cast<std::size_t>(++done_) % slot_count];
        Timer* due = nullptr;
        for (Timer* timer = slot; timer != nullptr;) {
            Timer* const next = timer->next_;
            if (timer->deadline_ <= now) {
                unlink(*timer);
                timer->wheel_ = this;
                ++count_;
                link(due, *timer);  // turns the order round: first armed, first fired
            }
            timer = next;
        }
        while (due != nullptr) {
            Timer* const timer = due;
            unlink(*timer);
            timer->function_(timer->owner_);
        }
    }
}

std::optional<TimePoint> TimerWheel::next_wake() const {
    if (count_ == 0) return std::nullopt;
    for (std::size_t ahead = 1; ahead <= slot_count; ++ahead) {
        const std::int64_t at = done_ + static_cast<std::int64_t>(ahead);
        if (slots_[static_cast<std::size_t>(at) % slot_count] != nullptr) return origin_ + at * tick;
    }
    return std::nullopt;
}

std::optional<TimePoint> TimerWheel::first_deadline() const {
    std::optional<TimePoint> first;
    for (const Timer* slot : slots_) {
        for (const Timer* timer = slot; timer != nullptr; timer = timer->next_) {
            // Not the deadline itself: between it and its tick nothing fires, however often it is asked.
            const TimePoint fires = origin_ + std::max(tick_of(timer->deadline_), done_ + 1) * tick;
            if (!first || fires < *first) first = fires;
        }
    }
    return first;
}

}  // namespace chanx::detail
