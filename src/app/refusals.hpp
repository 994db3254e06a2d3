#pragma once

#include <chanx/logging.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chanx::detail {

/// Why somebody was not served.
enum class Refusal : std::uint8_t {
    connections,    // max_connections: 503
    address,        // max_connections_per_address: 503
    pending,        // max_pending_connections, max_pending_per_address: 503
    draining,       // the server stops: 503
    unanswered,     // too many of these at a time: closed without an answer
    user,           // max_connections_per_user: 429 and 1013
    host,           // allowed_hosts: 421
    origin,         // allowed_origins: 403
    late_request,   // request_timeout: 408, or closed where nothing had come
    late_body,      // body_timeout: 408
    late_response,  // response_timeout: reset
    accept,         // no descriptor, no memory: accepting pauses
};
inline constexpr std::size_t refusal_kinds = 12;

/// How a refusal is named in logs and metrics, e.g. "late_body".
std::string_view name_of(Refusal refusal) noexcept;

/// Counts refusals, and logs them: one line in ten seconds for each kind, however many there are. From any
/// thread.
class Refusals {
  public:
    /// @param detail  of this one, for the log
    void count(Refusal refusal, std::string_view detail) noexcept;
    std::uint64_t of(Refusal refusal) const noexcept {
        return entry(refusal).count.load(std::memory_order_relaxed);
    }

  private:
    struct Entry {
        std::atomic<std::uint64_t> count{0};
        std::atomic<std::uint64_t> logged{0};    // the count at the last line
        std::atomic<std::int64_t> next_line{0};  // not before, in ms of the steady clock
    };
    const Entry& entry(Refusal refusal) const noexcept { return entries_[static_cast<std::size_t>(refusal)]; }

    std::array<Entry, refusal_kinds> entries_;
};

}  // namespace chanx::detail
