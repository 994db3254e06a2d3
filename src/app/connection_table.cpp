#include "app/connection_table.hpp"

namespace chanx::detail {

bool KeyedCounts::take(std::uint64_t key, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    const auto entry = counts_.find(key);
    if (entry == counts_.end()) {
        if (limit == 0) return false;
        counts_.emplace(key, 1);
        return true;
    }
    if (entry->second >= limit) return false;
    ++entry->second;
    return true;
}

void KeyedCounts::give_back(std::uint64_t key) noexcept {
    const std::lock_guard lock(mutex_);
    const auto entry = counts_.find(key);
    if (entry != counts_.end() && --entry->second == 0) counts_.erase(entry);
}

std::size_t KeyedCounts::keys() const {
    const std::lock_guard lock(mutex_);
    return counts_.size();
}

ConnectionPlace::~ConnectionPlace() {
    if (table_ != nullptr) table_->leave(network_);
}

bool ConnectionPlace::move_to(std::uint64_t network) {
    if (network == network_) return true;
    if (!table_->take_address(network)) return false;
    table_->give_address_back(std::exchange(network_, network));
    return true;
}

std::pair<ConnectionTable::Answer, ConnectionPlace> ConnectionTable::enter(std::uint64_t network) {
    if (size_.fetch_add(1, std::memory_order_relaxed) >= limits_.all) {
        size_.fetch_sub(1, std::memory_order_relaxed);
        return {Answer::full, ConnectionPlace()};
    }
    ConnectionPlace place(*this, 0);
    if (!place.move_to(network)) return {Answer::address_full, ConnectionPlace()};
    return {Answer::entered, std::move(place)};
}

void ConnectionTable::leave(std::uint64_t network) noexcept {
    give_address_back(network);
    size_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace chanx::detail
