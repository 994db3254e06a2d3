#pragma once

#include "layer/redis/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace chanx::detail {

/// Tells from their numbers what is missing among the publications that come. Bounded: the pair of publisher
/// and channel that was longest not heard of is forgotten.
class GapTracker {
  public:
    struct Verdict {
        /// It came before.
        bool duplicate = false;
        /// Something is missing before it.
        bool gap = false;
        std::uint64_t missed = 0;
    };

    explicit GapTracker(std::size_t most) : most_(most) {}

    /// A publication has come.
    Verdict observe(std::string_view from, std::string_view channel, const WireNumber& number);
    /// A heartbeat told of a last number.
    /// @param heard_it  whether this process was subscribed when that number was given
    Verdict last_was(std::string_view from, const LastNumber& last, bool heard_it);
    /// A loss was reported for all channels: what is missing up to the next number of each is part of it.
    void resynchronise() noexcept { ++round_; }
    /// Nobody listens to the channel any more.
    void forget(std::string_view channel);
    std::size_t size() const noexcept { return entries_.size(); }

  private:
    struct Entry {
        std::string from;
        std::string channel;
        std::uint64_t epoch = 0;
        std::uint64_t seq = 0;
        std::uint64_t round = 0;
    };
    using Entries = std::list<Entry>;

    Entry* find(std::string_view from, std::string_view channel);
    void add(std::string_view from, std::string_view channel, std::uint64_t epoch, std::uint64_t seq);
    void erase(Entries::iterator entry);

    std::size_t most_;
    std::uint64_t round_ = 0;
    Entries entries_;  // the latest first
    // By channel, then by publisher: there are few of these to a channel.
    std::unordered_map<std::string, std::unordered_map<std::string_view, Entries::iterator>> index_;
};

}  // namespace chanx::detail
