#include "app/refusals.hpp"

#include <chrono>

namespace chanx::detail {

void Refusals::count(Refusal refusal, std::string_view detail) noexcept {
    Entry& entry = entries_[static_cast<std::size_t>(refusal)];
    const std::uint64_t total = entry.count.fetch_add(1, std::memory_order_relaxed) + 1;
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::steady_clock::now().time_since_epoch())
                         .count();
    std::int64_t next = entry.next_line.load(std::memory_order_relaxed);
    constexpr std::int64_t quiet = 10'000;
    if (now < next || !entry.next_line.compare_exchange_strong(next, now + quiet, std::memory_order_relaxed))
        return;
    const std::uint64_t before = entry.logged.exchange(total, std::memory_order_relaxed);
    try {
        log(LogLevel::warn, "refused",
            {{"why", name_of(refusal)}, {"what", detail}, {"times", total - before}});
    } catch (...) {
        // Counted it is; there may be no memory for a line.
    }
}

}  // namespace chanx::detail
