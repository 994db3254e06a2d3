#pragma once

#include "runtime/timer.hpp"

#include <chanx/layer/group_event.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace chanx::detail {

/// What waits to be sent to Redis, in order. From any thread. At a bound the oldest are dropped.
class PublishQueue {
  public:
    struct Limits {
        std::size_t count;
        std::size_t bytes;
        Duration age;
    };
    struct Item {
        GroupEventPtr event;
        std::string group;
        TimePoint queued_at;

        std::size_t size() const noexcept { return event->size() + group.size(); }
    };
    /// What is to be sent next.
    struct Batch {
        std::vector<Item> items;
        /// How many that have numbers were dropped before the items, for each channel's key; of at most
        /// max_dropped_groups.
        std::unordered_map<std::string, std::uint64_t> dropped;
        bool empty() const noexcept { return items.empty() && dropped.empty(); }
    };
    struct Counts {
        std::size_t count = 0;
        std::size_t bytes = 0;
        std::uint64_t dropped = 0;
    };

    static constexpr std::size_t max_dropped_groups = 65'536;

    explicit PublishQueue(Limits limits) : limits_(limits) {}

    /// @return whether it was empty before
    bool push(Item item);
    /// @param count, bytes  how much is taken at most, but at least one
    Batch take(std::size_t count, std::size_t bytes);
    void drop_older(TimePoint now);
    Counts counts() const;

  private:
    void drop_front();

    Limits limits_;
    mutable std::mutex mutex_;
    std::deque<Item> items_;  // guarded by mutex_, like the rest
    std::size_t bytes_ = 0;
    std::uint64_t dropped_count_ = 0;
    std::unordered_map<std::string, std::uint64_t> dropped_;
};

}  // namespace chanx::detail
