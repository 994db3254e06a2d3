#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace load {

/// Counts durations in nanoseconds with a resolution of 2 %, in memory of a fixed size.
class Histogram {
  public:
    void add(std::uint64_t nanoseconds) {
        ++counts_[index(nanoseconds)];
        ++total_;
    }
    void clear() {
        counts_.fill(0);
        total_ = 0;
    }
    /// @param share  0.99 for the value that 99 % do not exceed
    /// @return nanoseconds; 0 where nothing was counted
    std::uint64_t percentile(double share) const {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (seen > wanted || (seen == total_ && total_ > 0)) return lower_bound(i);
        }
        return 0;
    }

  private:
    static constexpr unsigned bits = 6;
    static constexpr std::uint64_t steps = std::uint64_t{1} << bits;

    static std::size_t index(std::uint64_t value) {
        if (value < steps) return value;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - bits - 1;
        return std::min<std::size_t>((shift << bits) + (value >> shift), size - 1);
    }
    static std::uint64_t lower_bound(std::size_t i) {
        if (i < 2 * steps) return i;
        const std::size_t shift = (i >> bits) - 1;
        return ((i & (steps - 1)) + steps) << shift;
    }

    static constexpr std::size_t size = std::size_t{48} << bits;
    std::array<std::uint64_t, size> counts_{};
    std::uint64_t total_ = 0;
};

}  // namespace load
