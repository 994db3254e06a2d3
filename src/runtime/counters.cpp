#include "runtime/counters.hpp"

#include <algorithm>

namespace chanx::detail {

namespace {

constexpr auto bounds_in_nanoseconds = [] {
    std::array<std::int64_t, Durations::bounds.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = static_cast<std::int64_t>(Durations::bounds[i] * 1e9 + 0.5);
    return all;
}();

constexpr std::array<int, 4> authentication_statuses{200, 401, 403, 404};

/// What began on one loop and ended on it, read while it goes on.
std::size_t open(const Counter& begun, const Counter& ended) noexcept {
    const std::uint64_t gone = ended.value();
    const std::uint64_t come = begun.value();
    // Some processors show another's end before its beginning.
    return static_cast<std::size_t>(come > gone ? come - gone : 0);
}

template <class Key, std::size_t Size>
void add(Tally<Key, Size>& sum, const CounterTally<Key, Size>& counters) noexcept {
    for (std::size_t i = 0; i < Size; ++i) sum.values[i] += counters.all()[i].value();
}

template <std::size_t Size>
void add(std::array<std::uint64_t, Size>& sum, const std::array<Counter, Size>& counters) noexcept {
    for (std::size_t i = 0; i < Size; ++i) sum[i] += counters[i].value();
}

}  // namespace

void DurationCounter::record(Duration duration) noexcept {
    const std::int64_t nanoseconds =
        std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count(), 0);
    std::size_t place = 0;
    while (place < bounds_in_nanoseconds.size() && nanoseconds > bounds_in_nanoseconds[place]) ++place;
    counts_[place].add();
    nanoseconds_.add(static_cast<std::uint64_t>(nanoseconds));
}

void DurationCounter::add_to(Durations& sum) const noexcept {
    add(sum.counts, counts_);
    sum.total_seconds += static_cast<double>(nanoseconds_.value()) / 1e9;
}

std::size_t CloseCounters::place_of(std::uint16_t code) noexcept {
    if (code >= 1000 && code < 1016) return code - std::size_t{1000};
    const auto found = std::ranges::find(further, code);
    if (found != further.end()) return 16 + static_cast<std::size_t>(found - further.begin());
    return code >= 4000 ? places - 1 : places - 2;
}

std::uint16_t CloseCounters::code_at(std::size_t place) noexcept {
    return place < 16 ? static_cast<std::uint16_t>(1000 + place) : further[place - 16];
}

void CloseCounters::add_to(std::vector<Statistics::Closes>& sum) const {
    for (std::size_t cause = 0; cause < causes.size(); ++cause) {
        for (std::size_t place = 0; place < places; ++place) {
            const std::uint64_t count = counters_[cause][place].value();
            if (count == 0) continue;
            const auto found = std::ranges::find_if(sum, [&](const Statistics::Closes& each) {
                return each.cause == causes[cause] && each.code == code_at(place);
            });
            if (found != sum.end()) {
                found->count += count;
            } else {
                sum.push_back({causes[cause], code_at(place), count});
            }
        }
    }
}

void HookCounters::add(std::string_view hook) noexcept {
    const auto found = std::ranges::find(names, hook);
    counters_[found != names.end() ? static_cast<std::size_t>(found - names.begin()) : names.size() - 1]
        .add();
}

void HookCounters::add_to(std::vector<Statistics::Hook>& sum) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::uint64_t count = counters_[i].value();
        if (count == 0) continue;
        const auto found = std::ranges::find(sum, names[i], &Statistics::Hook::name);
        if (found != sum.end()) {
            found->failures += count;
        } else {
            sum.push_back({names[i], count});
        }
    }
}

void LoopCounters::count_authentication(int status) noexcept {
    const auto found = std::ranges::find(authentication_statuses, status);
    authentications[static_cast<std::size_t>(found - authentication_statuses.begin())].add();
}

void LoopCounters::add_to(Statistics& sum) const {
    sum.connections_accepted += connections_accepted.value();
    add(sum.refused, refused);
    sum.tls_handshakes += tls_handshakes.value();
    sum.tls_failures += tls_failures.value();
    sum.upgrades += upgrades.value();
    sum.http_connections += open(http_opened, http_closed);
    add(sum.http_responses, http_responses);
    http_duration.add_to(sum.http_duration);

    sum.sessions += open(sessions_opened, sessions_ended);
    sum.session_objects += open(session_objects_made, session_objects_destroyed);
    sum.sessions_opened += sessions_opened.value();
    add(sum.authentications, authentications);
    authentication_duration.add_to(sum.authentication_duration);
    closes.add_to(sum.closes);
    sum.pings_sent += pings_sent.value();
    sum.idle_closes += idle_closes.value();
    sum.tasks += open(tasks_started, tasks_ended);
    sum.timers += timers.value();

    sum.messages_received += messages_received.value();
    sum.bytes_received += bytes_received.value();
    sum.messages_sent += sent.messages.value();
    sum.frames_sent += sent.frames.value();
    sum.bytes_sent += sent.bytes.value();
    add(sum.message_errors, message_errors);
    hook_failures.add_to(sum.hook_failures);
    handler_duration.add_to(sum.handler_duration);
    add(sum.outbox_drops, outbox_drops);
    sum.outbox_bytes += outbox_bytes.value();
    sum.stalled_connections += stalled_connections.value();
}

}  // namespace chanx::detail
