#pragma once

#include "runtime/timer.hpp"

#include <chanx/layer/group_event.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>

namespace chanx::detail {

/// What waits for one connection's consumer, in order: events, rechecks, and the frames that must not
/// overtake them. It counts; who uses it keeps the bounds. It exists only while something waits or is being
/// handled.
class Mailbox {
  public:
    struct Mail {
        GroupEventPtr event;
        FramePtr frame;  // where there is no event
    };

    Mailbox(Timer::Function on_late_check, void* owner) noexcept : check_deadline(on_late_check, owner) {}

    bool empty() const noexcept { return mails_.empty(); }
    std::size_t size() const noexcept { return mails_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }

    void push(Mail mail) {
        bytes_ += size_of(mail);
        ++pushed;
        mails_.push_back(std::move(mail));
    }
    Mail pop() {
        Mail mail = std::move(mails_.front());
        mails_.pop_front();
        bytes_ -= size_of(mail);
        return mail;
    }
    void clear() noexcept {
        mails_.clear();
        bytes_ = 0;
        check_deadline.cancel();
    }

    /// By when a check that is due must have ended.
    Timer check_deadline;
    /// A recheck waits. One is enough, for it looks at what holds when it begins.
    bool check_waits = false;
    /// When it was called for.
    TimePoint check_called{};
    bool run_posted = false;
    /// A check runs.
    bool checking = false;
    /// The hook that handles a mail now: its name, whether it waits, and what had been pushed when it began.
    std::string_view hook{};
    bool hook_waits = false;
    std::uint64_t pushed = 0;
    std::uint64_t pushed_before = 0;

  private:
    static std::size_t size_of(const Mail& mail) noexcept {
        return mail.event ? mail.event->size() : mail.frame->wire_size();
    }

    std::deque<Mail> mails_;
    std::size_t bytes_ = 0;
};

}  // namespace chanx::detail
