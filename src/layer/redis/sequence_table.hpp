#pragma once

#include "layer/redis/wire.hpp"
#include "runtime/timer.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace chanx::detail {

/// The numbers that a publisher gives to what it sends, for each channel. Bounded: the channel that was
/// longest not sent to is forgotten, and begins anew with a greater epoch.
class SequenceTable {
  public:
    explicit SequenceTable(std::size_t most) : most_(most) {}

    WireNumber next(std::string_view channel, TimePoint now);
    /// So many publications to a channel will never be sent.
    void skip(std::string_view channel, std::uint64_t count, TimePoint now);
    /// A publication that has its number will not be sent after all.
    void lose(std::string_view channel, TimePoint now) { ++touch(channel, now).number.lost; }
    /// Those that have changed since a time, the latest first.
    std::vector<LastNumber> changed_since(TimePoint since, TimePoint now) const;
    std::size_t size() const noexcept { return index_.size(); }

  private:
    struct Entry {
        std::string channel;
        WireNumber number;
        TimePoint changed;
    };

    Entry& touch(std::string_view channel, TimePoint now);

    std::size_t most_;
    std::uint64_t epochs_ = 0;
    std::list<Entry> entries_;  // the latest first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;
};

}  // namespace chanx::detail
