#pragma once

#include <atomic>
#include <cstddef>
#include <optional>

#include "runtime/timer.hpp"

namespace chanx::detail {

/// How late a loop gets to what is due, which is how long one thing keeps everything else on its thread waiting.
/// Decides what is worth a line in the log; reads no clock itself.
class LagMeter {
 public:
    /// Between two reports; what is late meanwhile is part of the next one.
    static constexpr Duration quiet = std::chrono::seconds(10);

    struct Report {
        Duration worst{};
        /// How often it was late since the report before.
        std::size_t times = 0;
    };

    /// @param limit  what is worth a report; zero: nothing is
    void set_limit(Duration limit) noexcept { limit_ = limit; }
    Duration limit() const noexcept { return limit_; }

    /// What was due at one time came at another.
    std::optional<Report> record(TimePoint due, TimePoint now) noexcept;

    /// The greatest lag since the last call. From any thread.
    Duration take_greatest() noexcept { return Duration(greatest_.exchange(0, std::memory_order_relaxed)); }

 private:
    Duration limit_{};
    std::optional<TimePoint> reported_;
    Report unreported_;
    std::atomic<Duration::rep> greatest_{0};
};

}  // namespace chanx::detail
