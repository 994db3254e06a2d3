#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace chanx::detail {

/// How long to wait before the next attempt: a random part of a time that doubles up to a bound, so that many
/// processes whose Redis comes back don't come all at once.
class Backoff {
  public:
    using Milliseconds = std::chrono::milliseconds;

    Backoff(Milliseconds min, Milliseconds max, std::uint64_t seed) : min_(min), max_(max), random_(seed) {}

    Milliseconds next() {
        const auto bound = std::min<std::int64_t>(max_.count(), min_.count() << std::min(attempts_, 20U));
        ++attempts_;
        return Milliseconds(std::uniform_int_distribution<std::int64_t>(0, bound)(random_));
    }
    void reset() noexcept { attempts_ = 0; }

  private:
    Milliseconds min_;
    Milliseconds max_;
    unsigned attempts_ = 0;
    std::mt19937_64 random_;
};

}  // namespace chanx::detail
