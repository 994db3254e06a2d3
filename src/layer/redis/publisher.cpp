#include "layer/redis/publisher.hpp"

#include "layer/redis/channels.hpp"

#include <chanx/logging.hpp>

#include <algorithm>
#include <utility>

namespace chanx::detail {

namespace {

/// How much is under way without an answer.
constexpr std::size_t window_count = 1024;
constexpr std::size_t window_bytes = std::size_t{4} << 20;
/// How many heartbeats tell of a change, so that one of them may be lost, too.
constexpr int times_told = 3;
constexpr std::size_t groups_per_heartbeat = 200;

}  // namespace

Publisher::Publisher(boost::asio::io_context& io, RedisLink::Options link, Options options,
                     PublishQueue& queue, Listener& listener)
    : options_(std::move(options)),
      queue_(queue),
      listener_(listener),
      sequences_(options_.max_sequences),
      link_(io, std::move(link), *this) {}

bool Publisher::idle() const {
    return queue_.counts().count == 0 && sent_.empty();
}

std::size_t Publisher::unconfirmed() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(sent_, [](const Sent& sent) { return !sent.heartbeat(); }));
}

void Publisher::push(Sent sent) {
    sent_bytes_ += sent.command.size();
    sent_.push_back(std::move(sent));
    counts_.waiting = sent_.size();
    counts_.waiting_bytes = sent_bytes_;
}

void Publisher::pop_front() {
    sent_bytes_ -= sent_.front().command.size();
    sent_.pop_front();
    counts_.waiting = sent_.size();
    counts_.waiting_bytes = sent_bytes_;
}

void Publisher::pump() {
    while (link_.ready() && sent_.size() < window_count && sent_bytes_ < window_bytes) {
        auto batch = queue_.take(window_count - sent_.size(), window_bytes - sent_bytes_);
        if (batch.empty()) return;
        const TimePoint now = std::chrono::steady_clock::now();
        for (const auto& [channel, count] : batch.dropped) sequences_.skip(channel, count, now);
        for (auto& item : batch.items) send(item, now);
    }
}

void Publisher::send(PublishQueue::Item& item, TimePoint now) {
    const std::string_view key = channel_key(item.group, item.event->kind());
    const bool numbered = is_numbered(item.group, item.event->kind());
    if (item.event->text().size() > options_.max_message_bytes) {
        if (numbered) sequences_.skip(key, 1, now);
        ++counts_.dropped;
        log(LogLevel::warn, "redis publication too long",
            {{"group", item.group}, {"bytes", item.event->text().size()}});
        return;
    }
    Sent sent{.command = {}, .key = std::string(key), .queued_at = item.queued_at, .numbered = numbered};
    const std::string text =
        encode_wire(options_.id, numbered ? sequences_.next(key, now) : WireNumber{},
                    key == control_key ? std::string_view(item.group) : std::string_view(), *item.event);
    append_command(sent.command, "PUBLISH", channel_name(options_.prefix, key), text);
    link_.send(sent.command);
    push(std::move(sent));
}

void Publisher::on_link_ready() {
    // Nothing is told of what was given a number before: it is sent now.
    for (const Sent& sent : sent_) link_.send(sent.command);
    if (sent_.empty()) link_.set_usable();
    pump();
}

void Publisher::on_reply(const RespReply& reply) {
    if (!reply.is_integer() || sent_.empty()) {
        link_.fail("what answers is no Redis");
        return;
    }
    if (!sent_.front().heartbeat()) ++counts_.sent;
    pop_front();
    link_.set_usable();
    pump();
}

void Publisher::on_link_lost() {
    std::erase_if(sent_, [this](const Sent& sent) {
        if (sent.heartbeat()) sent_bytes_ -= sent.command.size();
        return sent.heartbeat();
    });
    counts_.waiting = sent_.size();
    counts_.waiting_bytes = sent_bytes_;
}

void Publisher::tick(TimePoint now) {
    queue_.drop_older(now);
    if (!link_.ready()) {
        while (!sent_.empty() && now - sent_.front().queued_at > options_.max_age) {
            if (sent_.front().numbered) sequences_.lose(sent_.front().key, now);
            ++counts_.dropped;
            pop_front();
        }
    }
    link_.tick(now);
    pump();
    const std::uint64_t dropped = counts_.dropped + queue_.counts().dropped;
    if (dropped != logged_drops_ && drop_lines_.pass(now) > 0) {
        log(LogLevel::warn, "redis publications dropped before they were sent",
            {{"count", dropped - logged_drops_}, {"connected", link_.ready()}});
        logged_drops_ = dropped;
    }
    if (now - last_heartbeat_ >= options_.heartbeat_interval) send_heartbeat(now);
}

void Publisher::send_heartbeat(TimePoint now) {
    if (!link_.ready()) return;
    last_heartbeat_ = now;
    std::vector<LastNumber> changed =
        sequences_.changed_since(now - times_told * options_.heartbeat_interval, now);
    for (std::size_t begin = 0; begin < changed.size(); begin += groups_per_heartbeat) {
        const auto end = std::min(changed.size(), begin + groups_per_heartbeat);
        const std::vector<LastNumber> part(changed.begin() + static_cast<std::ptrdiff_t>(begin),
                                           changed.begin() + static_cast<std::ptrdiff_t>(end));
        Sent sent{.command = {}, .key = {}, .queued_at = now};
        append_command(sent.command, "PUBLISH", channel_name(options_.prefix, control_key),
                       encode_heartbeat(options_.id, part));
        link_.send(sent.command);
        push(std::move(sent));
    }
}

}  // namespace chanx::detail
