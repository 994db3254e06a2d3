#include "chat/room_feed.hpp"

#include <chanx/logging.hpp>

#include <exception>
#include <string>
#include <utility>

namespace chat {

RoomFeed::RoomFeed(Ports ports) : ports_(std::move(ports)) {}

bool RoomFeed::begun() const {
    const std::lock_guard lock(mutex_);
    return begun_;
}

std::int64_t RoomFeed::last() const {
    const std::lock_guard lock(mutex_);
    return last_;
}

std::size_t RoomFeed::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void RoomFeed::begin(std::int64_t last, chanx::Subscription subscription) {
    {
        const std::lock_guard lock(mutex_);
        if (begun_) return;
        begun_ = true;
        last_ = last;
        subscription_ = std::move(subscription);
    }
    if (!deliver_ready()) schedule();
}

void RoomFeed::claim(const LoggedMessage& message, chanx::SenderHandle sender) {
    const std::lock_guard lock(mutex_);
    claimed_.insert_or_assign(message.seq, Item{message, std::move(sender)});
}

bool RoomFeed::offer(const LoggedMessage& message) {
    add(message);
    deliver_ready();
    return last() >= message.seq;
}

void RoomFeed::notice(LoggedMessage message) {
    if (add(std::move(message))) schedule();
}

void RoomFeed::look() {
    look_ = true;
    schedule();
}

bool RoomFeed::retry() {
    if (!postponed_.exchange(false)) return false;
    schedule();
    return true;
}

void RoomFeed::schedule() {
    if (scheduled_.exchange(true)) return;
    // Not to keep the feed alive for it: where nobody is in the room any more there is nothing to do.
    const bool posted = ports_.post([weak = weak_from_this()] {
        if (const auto feed = weak.lock()) feed->run();
    });
    if (posted) return;
    scheduled_ = false;
    postpone();
}

void RoomFeed::postpone() {
    postponed_ = true;
    ports_.ask_retry();
}

void RoomFeed::run() noexcept {
    // First, so that whatever comes from here on is scheduled anew.
    scheduled_ = false;
    try {
        const bool asked = look_.exchange(false);
        if (!deliver_ready() || asked) read_on();
    } catch (const std::exception& failure) {
        chanx::log(chanx::LogLevel::warn, "room not read on yet", {{"what", failure.what()}});
        look_ = true;
        postpone();
    }
}

void RoomFeed::read_on() {
    for (;;) {
        std::int64_t after = 0;
        {
            const std::lock_guard lock(mutex_);
            if (!begun_) return;
            after = last_;
        }
        const std::optional<std::int64_t> beyond = first_beyond_hole();
        std::vector<LoggedMessage> rows = ports_.read(after, page);
        const bool is_end = rows.size() < page;
        {
            const std::lock_guard lock(mutex_);
            for (LoggedMessage& row : rows) {
                const std::int64_t seq = row.seq;
                if (seq <= last_ || waiting_.contains(seq)) continue;
                chanx::SenderHandle sender = sender_of(row);
                waiting_.emplace(seq, Item{std::move(row), std::move(sender)});
            }
        }
        deliver_ready();
        if (!is_end) continue;
        // It was committed before it was told, so all before it were in the table when it was read.
        if (beyond) skip_to(*beyond);
        return;
    }
}

/// For a database that was put back to an earlier state, say: better a hole than silence.
void RoomFeed::skip_to(std::int64_t seq) {
    {
        const std::lock_guard lock(mutex_);
        if (last_ + 1 >= seq) return;
        chanx::log(chanx::LogLevel::error, "messages are not in the database",
                   {{"after", last_}, {"before", seq}});
        last_ = seq - 1;
    }
    deliver_ready();
}

/// Its author in this process, or the user alone: a connection elsewhere is nobody's here. With the mutex
/// held.
chanx::SenderHandle RoomFeed::sender_of(const LoggedMessage& message) const {
    const auto claim = claimed_.find(message.seq);
    if (claim != claimed_.end()) {
        const LoggedMessage& ours = claim->second.message;
        // Where our commit has failed the number is another's now.
        if (ours.id == message.id && ours.author_id == message.author_id &&
            ours.timestamp == message.timestamp && ours.message == message.message) {
            return claim->second.sender;
        }
    }
    return {0, std::to_string(message.author_id), {}};
}

bool RoomFeed::add(LoggedMessage message) {
    const std::lock_guard lock(mutex_);
    const std::int64_t seq = message.seq;
    if (begun_ && seq <= last_) return false;
    if (waiting_.contains(seq)) return false;
    chanx::SenderHandle sender = sender_of(message);
    waiting_.emplace(seq, Item{std::move(message), std::move(sender)});
    if (waiting_.size() > max_waiting) {
        waiting_.erase(std::prev(waiting_.end()));
        look_ = true;
    }
    return true;
}

std::optional<RoomFeed::Item> RoomFeed::take_next() {
    const std::lock_guard lock(mutex_);
    if (!begun_) return std::nullopt;
    claimed_.erase(claimed_.begin(), claimed_.upper_bound(last_));
    waiting_.erase(waiting_.begin(), waiting_.upper_bound(last_));
    if (waiting_.empty() || waiting_.begin()->first != last_ + 1) return std::nullopt;
    return std::move(waiting_.extract(waiting_.begin()).mapped());
}

/// Returns whether nothing waits behind a hole.
bool RoomFeed::deliver_ready() {
    const std::lock_guard turn(delivering_);
    while (std::optional<Item> next = take_next()) {
        try {
            ports_.deliver(next->message, next->sender);
        } catch (const std::exception& failure) {
            chanx::log(chanx::LogLevel::error, "message not delivered",
                       {{"message", next->message.id}, {"what", failure.what()}});
        }
        const std::lock_guard lock(mutex_);
        last_ = next->message.seq;
    }
    return !first_beyond_hole();
}

std::optional<std::int64_t> RoomFeed::first_beyond_hole() const {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() || waiting_.begin()->first <= last_ + 1) return std::nullopt;
    return waiting_.begin()->first;
}

}  // namespace chat
