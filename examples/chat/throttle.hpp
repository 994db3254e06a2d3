#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace chat {

/// How often something may be done: `burst` times at once, and once more each time `refill` has passed.
struct Bucket {
    int burst;
    std::chrono::milliseconds refill;
};

/// Token buckets, by name. From any thread, in this process.
class Throttle {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Key {
        std::string text;  ///< of all keys of this throttle's
        Bucket bucket;
    };

    /// @param max_buckets  that are not full; at the bound those that are full soonest are forgotten
    explicit Throttle(std::size_t max_buckets) : max_buckets_(max_buckets) {}

    /// Takes a token of each.
    /// @return how long to wait, where one has none; then none was taken
    std::optional<std::chrono::seconds> take(std::span<const Key> keys, TimePoint now);
    void give_back(std::span<const Key> keys, TimePoint now);

    std::size_t bucket_count() const;

  private:
    void make_room(TimePoint now);

    const std::size_t max_buckets_;
    mutable std::mutex mutex_;
    /// When each is full again; those that are full are not here. Guarded by mutex_.
    std::map<std::string, TimePoint> full_at_;
};

/// Something that costs tokens only if it counts in the end. Takes them at once, so that many at a time count as
/// well.
class Attempt {
  public:
    /// @param keys  none: it costs nothing
    Attempt(Throttle& throttle, std::vector<Throttle::Key> keys, Throttle::TimePoint now)
        : throttle_(throttle), keys_(std::move(keys)), began_(now), wait_(throttle_.take(keys_, began_)) {}
    ~Attempt() {
        if (!wait_ && !counts_) throttle_.give_back(keys_, began_);
    }
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    /// How long to wait, where it may not even be made.
    const std::optional<std::chrono::seconds>& wait() const noexcept { return wait_; }
    void counts() noexcept { counts_ = true; }

  private:
    Throttle& throttle_;
    const std::vector<Throttle::Key> keys_;
    const Throttle::TimePoint began_;
    const std::optional<std::chrono::seconds> wait_;
    bool counts_ = false;
};

}  // namespace chat
