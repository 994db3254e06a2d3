#pragma once

#include <chanx/logging.hpp>
#include <chanx/statistics.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace chanx::detail {

using chanx::name_of;
using chanx::Refusal;

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

    std::array<Entry, refusal_count> entries_;
};

}  // namespace chanx::detail
