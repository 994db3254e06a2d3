#pragma once

#include "runtime/timer.hpp"

#include <chanx/statistics.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chanx::detail {

/// A number that one thread writes and any may read: an increment is a plain one, without a lock.
class Counter {
  public:
    void add(std::uint64_t count = 1) noexcept { set(value() + count); }
    void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// A Counter for each value of an enum.
template <class Key, std::size_t Size>
class CounterTally {
  public:
    void add(Key key, std::uint64_t count = 1) noexcept {
        counters_[static_cast<std::size_t>(key)].add(count);
    }
    const std::array<Counter, Size>& all() const noexcept { return counters_; }

  private:
    std::array<Counter, Size> counters_;
};

/// Durations, counted by one thread and read by any.
class DurationCounter {
  public:
    void record(Duration duration) noexcept;
    void add_to(Durations& sum) const noexcept;

  private:
    std::array<Counter, Durations::bounds.size() + 1> counts_;
    Counter nanoseconds_;
};

/// Ends of connections by cause and close code. Codes that peers may choose freely have one place together.
class CloseCounters {
  public:
    /// @param cause  of CloseReason
    void add(std::size_t cause, std::uint16_t code) noexcept { counters_[cause][place_of(code)].add(); }
    void add_to(std::vector<Statistics::Closes>& sum) const;

    static constexpr std::array<std::string_view, 7> causes{"client",         "server",   "lost",
                                                            "protocol_error", "overflow", "shutdown", "idle"};

  private:
    // 1000 to 1015, then what a refusal by status may be, then 3000 and 4000 for all others.
    static constexpr std::array<std::uint16_t, 8> further{4401, 4403, 4404, 4408, 4429, 4503, 3000, 4000};
    static constexpr std::size_t places = 16 + further.size();

    static std::size_t place_of(std::uint16_t code) noexcept;
    static std::uint16_t code_at(std::size_t place) noexcept;

    std::array<std::array<Counter, places>, causes.size()> counters_;
};

/// Exceptions of hooks, by the hooks' names; what is no hook's name counts as the last.
class HookCounters {
  public:
    void add(std::string_view hook) noexcept;
    void add_to(std::vector<Statistics::Hook>& sum) const;

    static constexpr std::array<std::string_view, 14> names{"connect",
                                                            "authentication",
                                                            "permission",
                                                            "lookup",
                                                            "build_groups",
                                                            "post_authentication",
                                                            "receive_message",
                                                            "receive_event",
                                                            "on_gap",
                                                            "on_group_message",
                                                            "recheck",
                                                            "on_disconnect",
                                                            "task",
                                                            "session"};

  private:
    std::array<Counter, names.size()> counters_;
};

/// What was handed to sockets.
struct SentCounters {
    Counter frames;
    /// The last frames of messages.
    Counter messages;
    Counter bytes;
};

/// What one loop has done, for metrics. Written on its thread only.
struct LoopCounters {
    // Connections; as Statistics' members of these names, of which docs/reference/metrics.md tells.
    Counter connections_accepted;
    CounterTally<Refusal, refusal_count> refused;
    Counter tls_handshakes;
    Counter tls_failures;
    Counter upgrades;
    Counter http_opened;
    Counter http_closed;
    std::array<Counter, 5> http_responses;
    DurationCounter http_duration;

    Counter sessions_opened;
    Counter sessions_ended;
    Counter session_objects_made;
    Counter session_objects_destroyed;
    std::array<Counter, 5> authentications;
    DurationCounter authentication_duration;
    CloseCounters closes;
    Counter pings_sent;
    Counter idle_closes;
    Counter tasks_started;
    Counter tasks_ended;
    /// Now; set when the loop is asked.
    Counter timers;

    Counter messages_received;
    Counter bytes_received;
    SentCounters sent;
    CounterTally<MessageError, message_error_count> message_errors;
    HookCounters hook_failures;
    DurationCounter handler_duration;
    CounterTally<OutboxDrop, outbox_drop_count> outbox_drops;
    /// Now; set when the loop is asked.
    Counter outbox_bytes;
    Counter stalled_connections;

    DurationCounter lag;

    void count_response(int status) noexcept {
        if (status >= 100 && status < 600) http_responses[static_cast<std::size_t>(status / 100 - 1)].add();
    }
    void count_authentication(int status) noexcept;
    void add_to(Statistics& sum) const;
};

}  // namespace chanx::detail
