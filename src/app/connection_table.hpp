#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace chanx::detail {

/// How many there are of each key. An entry lasts as long as its count is above 0, so there are never more
/// entries than things counted. From any thread.
class KeyedCounts {
  public:
    /// @return false, and nothing is counted, where there are as many as that already
    bool take(std::uint64_t key, std::size_t limit);
    void give_back(std::uint64_t key) noexcept;
    std::size_t keys() const;

  private:
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::size_t> counts_;
};

class ConnectionTable;

/// A connection's place in the table, given back with it. Empty if there was none.
class ConnectionPlace {
  public:
    ConnectionPlace() = default;
    ConnectionPlace(ConnectionPlace&& other) noexcept
        : table_(std::exchange(other.table_, nullptr)), network_(other.network_) {}
    ConnectionPlace& operator=(ConnectionPlace&& other) noexcept {
        std::swap(table_, other.table_);
        std::swap(network_, other.network_);
        return *this;
    }
    ~ConnectionPlace();

    explicit operator bool() const noexcept { return table_ != nullptr; }
    /// Counts it for another address from now on. @return false, and it is as before, where that one has too
    /// many
    bool move_to(std::uint64_t network);
    /// Somebody else gives it back (ConnectionTable::leave).
    void release() noexcept { table_ = nullptr; }

  private:
    friend class ConnectionTable;
    ConnectionPlace(ConnectionTable& table, std::uint64_t network) noexcept
        : table_(&table), network_(network) {}

    ConnectionTable* table_ = nullptr;
    std::uint64_t network_ = 0;
};

/// The connections of a server, in all, by address and by user, with their bounds. From any thread.
class ConnectionTable {
  public:
    struct Limits {
        std::size_t all;
        std::size_t per_address;
        std::size_t per_user;
    };
    enum class Answer { entered, full, address_full };

    /// Before loops run.
    void set_limits(const Limits& limits) noexcept { limits_ = limits; }

    /// @param network  of network_key(); 0 is not counted by address
    std::pair<Answer, ConnectionPlace> enter(std::uint64_t network);
    /// Of a place that was released.
    void leave(std::uint64_t network) noexcept;
    /// @param user  a hash of the user's key, 0 for an anonymous one, who does not count
    bool enter_user(std::uint64_t user) { return user == 0 || users_.take(user, limits_.per_user); }
    void leave_user(std::uint64_t user) noexcept {
        if (user != 0) users_.give_back(user);
    }
    std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    std::size_t addresses() const { return addresses_.keys(); }
    std::size_t users() const { return users_.keys(); }

  private:
    friend class ConnectionPlace;
    bool take_address(std::uint64_t network) {
        return network == 0 || addresses_.take(network, limits_.per_address);
    }
    void give_address_back(std::uint64_t network) noexcept {
        if (network != 0) addresses_.give_back(network);
    }

    Limits limits_{};
    std::atomic<std::size_t> size_{0};
    KeyedCounts addresses_;
    KeyedCounts users_;
};

}  // namespace chanx::detail
