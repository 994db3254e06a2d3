#include "layer/redis/subscriber.hpp"

#include "layer/redis/channels.hpp"

#include <algorithm>
#include <utility>

namespace chanx::detail {

namespace {

/// One command names so many channels at most.
constexpr std::size_t channels_per_command = 500;

}  // namespace

Subscriber::Subscriber(boost::asio::io_context& io, RedisLink::Options link, std::string prefix,
                       SubscriptionTable& table, Listener& listener)
    : prefix_(std::move(prefix)), table_(table), listener_(listener), link_(io, std::move(link), *this) {}

void Subscriber::send(std::string_view command, const std::vector<std::string>& keys) {
    std::string out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (i % channels_per_command == 0) {
            const std::size_t count = std::min(channels_per_command, keys.size() - i);
            out.append("*").append(std::to_string(count + 1)).append("\r\n$");
            out.append(std::to_string(command.size())).append("\r\n").append(command).append("\r\n");
        }
        const std::string channel = channel_name(prefix_, keys[i]);
        out.append("$").append(std::to_string(channel.size())).append("\r\n").append(channel).append("\r\n");
    }
    if (!out.empty()) link_.send(out);
}

void Subscriber::reconcile() {
    if (!link_.ready()) return;
    const auto commands = table_.reconcile();
    send("SUBSCRIBE", commands.subscribe);
    send("UNSUBSCRIBE", commands.unsubscribe);
}

void Subscriber::tick(TimePoint now) {
    table_.expire(now);
    link_.tick(now);
}

void Subscriber::on_link_ready() {
    table_.connected();
    reconcile();
}

void Subscriber::on_link_lost() {
    table_.disconnected(std::chrono::steady_clock::now());
    listener_.on_subscriber_lost();
}

std::string_view Subscriber::key_of(std::string_view channel) const noexcept {
    if (!channel.starts_with(prefix_)) return {};
    channel.remove_prefix(prefix_.size());
    if (channel == "control") return control_key;
    constexpr std::string_view group = "group:";
    return channel.starts_with(group) ? channel.substr(group.size()) : std::string_view();
}

void Subscriber::on_reply(const RespReply& reply) {
    const std::string_view kind = reply.text(0);
    const std::string_view key = key_of(reply.text(1));
    if (reply.size() != 3 || key.empty()) {
        link_.fail("what answers is no Redis");
        return;
    }
    if (kind == "message") {
        listener_.on_publication(key, reply.text(2));
        return;
    }
    SubscriptionTable::Acknowledged acknowledged;
    if (kind == "subscribe") {
        acknowledged = table_.subscribed(key, std::chrono::steady_clock::now());
        if (key == control_key) link_.set_usable();
    } else if (kind == "unsubscribe") {
        acknowledged = table_.unsubscribed(key);
    }
    if (acknowledged.gap_due) listener_.on_gap_due(key);
    if (acknowledged.forgotten) listener_.on_forgotten(key);
    if (acknowledged.more) reconcile();
}

}  // namespace chanx::detail
