#pragma once

#include "runtime/timer.hpp"

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

namespace chanx::detail {

/// Over how long the closing of so many connections is spread: few end at once, and more than 500 in a second
/// only where there is no time for less.
inline Duration drain_spread(std::size_t connections, Duration longest) noexcept {
    constexpr Duration each = std::chrono::milliseconds(2);
    if (connections >= static_cast<std::size_t>(longest / each)) return longest;
    return each * static_cast<Duration::rep>(connections);
}

/// When to close which of several things: each at a random time of its own, so that neither order nor rhythm
/// can be foreseen.
template <class T>
class DrainSchedule {
  public:
    void add(T thing, Duration spread, std::mt19937_64& random) {
        std::uniform_int_distribution<Duration::rep> any(0, std::max<Duration::rep>(spread.count(), 0));
        entries_.push_back({Duration(any(random)), std::move(thing)});
    }
    /// After the last add().
    void sort() {
        // The next one at the end.
        std::ranges::sort(entries_, std::ranges::greater(), &Entry::after);
    }
    bool empty() const noexcept { return entries_.empty(); }
    /// From the beginning to the next one.
    Duration next() const noexcept { return entries_.back().after; }
    T take() {
        T thing = std::move(entries_.back().thing);
        entries_.pop_back();
        return thing;
    }

  private:
    struct Entry {
        Duration after;
        T thing;
    };
    std::vector<Entry> entries_;
};

}  // namespace chanx::detail
