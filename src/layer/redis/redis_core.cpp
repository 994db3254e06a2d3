#include "layer/redis/redis_core.hpp"

#include "layer/group_name.hpp"
#include "layer/redis/channels.hpp"
#include "runtime/hex.hpp"

#include <chanx/error.hpp>
#include <chanx/logging.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

namespace chanx::detail {

namespace {

using std::chrono::milliseconds;

/// How exact deadlines are.
constexpr milliseconds tick_interval{50};
constexpr milliseconds tick_interval_at_end{5};

TimePoint clock_now() {
    return std::chrono::steady_clock::now();
}

std::uint64_t random_seed() {
    std::random_device random;
    return (std::uint64_t{random()} << 32) | random();
}

RedisOptions checked(RedisOptions options) {
    const auto require = [](bool good, std::string_view what) {
        if (!good) throw ConfigurationError("chanx: RedisOptions::" + std::string(what));
    };
    const auto printable = [](char c) { return c > ' ' && c < 127; };
    require(!options.prefix.empty() && options.prefix.size() <= 64 &&
                std::ranges::all_of(options.prefix, printable),
            "prefix has 1 to 64 printable characters and no blanks");
    require(options.max_message_bytes >= 1'000, "max_message_bytes is at least 1000");
    require(options.max_queued >= 1 && options.max_queued_bytes >= 1'000,
            "max_queued is at least 1, max_queued_bytes 1000");
    require(options.max_sequences >= 1, "max_sequences is at least 1");
    for (const milliseconds each : {options.max_queued_age, options.connect_timeout, options.ping_interval,
                                    options.ping_timeout, options.heartbeat_interval, options.backoff_min}) {
        require(each >= milliseconds(1) && each <= std::chrono::hours(24),
                "max_queued_age, connect_timeout, ping_interval, ping_timeout, heartbeat_interval and "
                "backoff_min are 1 ms to "
                "24 hours");
    }
    require(options.backoff_max >= options.backoff_min && options.backoff_max <= std::chrono::hours(24),
            "backoff_max is at least backoff_min and at most 24 hours");
    require(options.join_timeout >= milliseconds(0) && options.join_timeout <= std::chrono::hours(24) &&
                options.flush_timeout >= milliseconds(0) && options.flush_timeout <= std::chrono::hours(24),
            "join_timeout and flush_timeout are 0 to 24 hours");
    return options;
}

}  // namespace

RedisLink::Options RedisCore::link_options(std::string_view name, std::size_t max_reply_bytes,
                                           std::uint64_t seed) const {
    return {.name = name,
            .address = address_,
            .tls = tls_,
            .max_reply_bytes = max_reply_bytes,
            .connect_timeout = options_.connect_timeout,
            .ping_interval = options_.ping_interval,
            .ping_timeout = options_.ping_timeout,
            .backoff = Backoff(options_.backoff_min, options_.backoff_max, seed)};
}

RedisCore::RedisCore(RedisOptions options)
    : options_(checked(std::move(options))),
      address_(parse_redis_url(options_.url)),
      tls_(make_redis_tls(address_, options_.tls_ca_file)),
      id_(random_hex(16)),
      local_(MemoryLayer::Options{.max_inbox_bytes = options_.max_inbox_bytes}),
      queue_({options_.max_queued, options_.max_queued_bytes, options_.max_queued_age}),
      table_(options_.join_timeout, clock_now()),
      tracker_(options_.max_sequences),
      work_(boost::asio::make_work_guard(io_)),
      timer_(io_),
      publisher_(io_, link_options("publisher", 64 * 1024, random_seed()),
                 {.id = id_,
                  .prefix = options_.prefix,
                  .max_message_bytes = options_.max_message_bytes,
                  .max_sequences = options_.max_sequences,
                  .heartbeat_interval = options_.heartbeat_interval,
                  .max_age = options_.max_queued_age},
                 queue_, *this),
      // What is a little too long can still be counted and dropped; what is far too long ends the connection.
      subscriber_(io_, link_options("subscriber", 4 * options_.max_message_bytes + 65'536, random_seed()),
                  options_.prefix, table_, *this) {
    table_.acquire(control_key);
    // Who was let in before the first answer may have lost that right meanwhile.
    table_.set_gap_due(control_key);
    on_link_changed();
    thread_ = std::thread([this] { run(); });
}

RedisCore::~RedisCore() {
    stop();
}

void RedisCore::run() noexcept {
    boost::asio::post(io_, [this] { tick(); });
    for (;;) {
        try {
            io_.run();
            return;
        } catch (const std::exception& failure) {
            log(LogLevel::error, "redis layer failed", {{"what", failure.what()}});
        }
    }
}

void RedisCore::stop() noexcept {
    if (!thread_.joinable()) return;
    boost::asio::post(io_, [this] {
        ending_ = true;
        end_ = clock_now() + options_.flush_timeout;
        tick();
    });
    thread_.join();
}

void RedisCore::tick() {
    timer_.expires_after(ending_ ? tick_interval_at_end : tick_interval);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) tick();
    });
    const TimePoint now = clock_now();
    subscriber_.tick(now);
    publisher_.tick(now);
    end_if_flushed(now);
}

void RedisCore::end_if_flushed(TimePoint now) {
    if (!ending_ || (!publisher_.idle() && now < end_)) return;
    const std::size_t queued = queue_.counts().count;
    const std::size_t unconfirmed = publisher_.unconfirmed();
    if (queued + unconfirmed > 0) {
        log(LogLevel::warn, "redis publications dropped at the end",
            {{"not_sent", queued}, {"not_confirmed", unconfirmed}});
    }
    publisher_.stop();
    subscriber_.stop();
    timer_.cancel();
    io_.stop();
}

void RedisCore::wake() {
    if (woken_.exchange(true)) return;
    boost::asio::post(io_, [this] {
        woken_ = false;
        subscriber_.reconcile();
        publisher_.pump();
    });
}

void RedisCore::publish_far(std::string_view group, GroupEventPtr event) {
    if (event->reach() == Reach::this_process || event->kind() == GroupEvent::Kind::gap) return;
    if (group.empty() || group.size() > max_group_name_size) return;  // nobody can be in it
    counts_.published.fetch_add(1, std::memory_order_relaxed);
    if (queue_.push({std::move(event), std::string(group), clock_now()})) wake();
}

void RedisCore::add_subscriber(const GroupSubscriber& subscriber, std::string group) {
    const std::lock_guard lock(subscribers_mutex_);
    subscribers_.emplace(&subscriber, std::move(group));
}

std::size_t RedisCore::remove_subscriber(const GroupSubscriber& subscriber, std::string_view group) noexcept {
    const std::lock_guard lock(subscribers_mutex_);
    return std::erase_if(subscribers_,
                         [&](const auto& each) { return each.first == &subscriber && each.second == group; });
}

void RedisCore::on_publication(std::string_view key, std::string_view text) {
    // What is published here comes back for each group that somebody here is in: not worth reading.
    if (is_from(text, id_)) {
        if (!is_heartbeat_from(text, id_)) ++counts_.own;
        return;
    }
    auto decoded = decode_wire(text, options_.max_message_bytes + 4'096);
    if (const auto* error = std::get_if<WireError>(&decoded)) {
        refuse(*error, key, text.size());
        return;
    }
    const auto& message = std::get<WireMessage>(decoded);
    const bool control = key == control_key;
    const bool misplaced = control ? message.event && message.group.empty()
                                   : !message.event || (!message.group.empty() && message.group != key);
    if (misplaced) {
        refuse(WireError::malformed, key, text.size());
        return;
    }
    if (!message.event) {
        take_heartbeat(message);
        return;
    }
    if (message.number) {
        const auto verdict = tracker_.observe(message.from, key, *message.number);
        if (verdict.duplicate) {
            ++counts_.duplicates;
            return;
        }
        if (verdict.gap) report_gap(key, verdict.missed);
    }
    ++counts_.received;
    deliver(control ? std::string_view(message.group) : key, message.event);
}

void RedisCore::take_heartbeat(const WireMessage& message) {
    const TimePoint now = clock_now();
    for (const LastNumber& last : message.last) {
        const auto since = table_.subscribed_since(last.channel);
        if (!since) continue;
        const auto listening = std::chrono::duration_cast<milliseconds>(now - *since).count();
        const auto verdict =
            tracker_.last_was(message.from, last, static_cast<std::uint64_t>(listening) > last.age);
        if (verdict.gap) report_gap(last.channel, verdict.missed);
    }
}

void RedisCore::refuse(WireError error, std::string_view key, std::size_t size) {
    if (error == WireError::too_long) {
        ++counts_.too_long;
    } else if (error == WireError::malformed) {
        ++counts_.malformed;
    } else {
        ++counts_.unknown;
    }
    ++refused_[static_cast<std::size_t>(error)];
    if (const auto count = refusals_.pass(clock_now())) {
        std::string why;
        for (std::size_t i = 0; i < refused_.size(); ++i) {
            const auto times = std::exchange(refused_[i], 0);
            if (times == 0) continue;
            why.append(why.empty() ? "" : ", ").append(std::to_string(times)).append(" ");
            why.append(name_of(static_cast<WireError>(i)));
        }
        log(LogLevel::warn, "redis publication dropped",
            {{"why", why},
             {"channel", channel_name(options_.prefix, key)},
             {"bytes", size},
             {"count", count}});
    }
}

void RedisCore::report_gap(std::string_view key, std::uint64_t missed) {
    ++counts_.gaps;
    counts_.missed += missed;
    if (const auto count = gap_lines_.pass(clock_now())) {
        log(LogLevel::warn, "redis publications lost",
            {{"channel", channel_name(options_.prefix, key)}, {"missed", missed}, {"count", count}});
    }
    if (key == control_key) {
        recheck_everybody();
    } else {
        local_.publish(key, GroupEvent::make_gap({.group = std::string(key), .missed = missed}));
    }
}

void RedisCore::on_gap_due(std::string_view key) {
    if (key == control_key && !std::exchange(was_connected_, true)) {
        recheck_everybody();
    } else {
        report_gap(key, 0);
    }
}

void RedisCore::recheck_everybody() {
    deliver(everybody, GroupEvent::make_recheck({}));
}

void RedisCore::deliver(std::string_view group, const GroupEventPtr& event) {
    {
        const std::lock_guard lock(listener_mutex_);
        if (listener_ != nullptr) listener_->on_remote_event(group, *event);
    }
    local_.publish(group, event);
}

void RedisCore::on_link_changed() {
    ChannelLayer::Health health;
    const auto add = [&](const RedisLink& link, std::string_view name) {
        if (link.usable()) return;
        health.degraded = true;
        health.detail.append(health.detail.empty() ? "redis " + address_.label() + ": " : "; ");
        health.detail.append(name).append(": ").append(link.reason().empty() ? "connecting" : link.reason());
    };
    add(subscriber_.link(), "subscriber");
    add(publisher_.link(), "publisher");
    const auto beyond_first = [](const RedisLink& link) {
        return link.times_usable() - (link.times_usable() > 0 ? 1 : 0);
    };
    counts_.reconnects = beyond_first(subscriber_.link()) + beyond_first(publisher_.link());
    const std::lock_guard lock(health_mutex_);
    health_ = std::move(health);
}

ChannelLayer::Health RedisCore::health() const {
    const std::lock_guard lock(health_mutex_);
    return health_;
}

void RedisCore::set_remote_listener(RemoteListener* listener) {
    const std::lock_guard lock(listener_mutex_);
    listener_ = listener;
}

RedisLayer::Statistics RedisCore::statistics() const {
    const auto queue = queue_.counts();
    const auto& sent = publisher_.counts();
    return {.published = counts_.published,
            .sent = sent.sent,
            .received = counts_.received,
            .own = counts_.own,
            .duplicates = counts_.duplicates,
            .dropped = queue.dropped + sent.dropped,
            .gaps = counts_.gaps,
            .missed = counts_.missed,
            .malformed = counts_.malformed,
            .unknown = counts_.unknown,
            .too_long = counts_.too_long,
            .reconnects = counts_.reconnects,
            .queued = queue.count + sent.waiting,
            .queued_bytes = queue.bytes + sent.waiting_bytes,
            .subscriptions = table_.subscription_count()};
}

}  // namespace chanx::detail
