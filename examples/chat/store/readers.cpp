#include "chat/store/readers.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace chat {

Readers::Readers(ConnectionOptions options, std::size_t size)
    : options_(std::move(options)), size_(std::max<std::size_t>(size, 1)) {
    options_.access = Access::read;
    idle_.reserve(size_);
}

Readers::Lease::Lease(Readers& readers) : readers_(readers), connection_(readers_.take()) {}

Readers::Lease::~Lease() {
    readers_.give_back(std::move(connection_));
}

std::unique_ptr<Connection> Readers::take() {
    {
        std::unique_lock lock(mutex_);
        if (!returned_.wait_for(lock, options_.busy_timeout, [this] { return in_use_ < size_; })) {
            throw StoreError(StoreErrorKind::busy, "database '" + options_.path + "': all " +
                                                       std::to_string(size_) +
                                                       " connections for reading are in use; try again");
        }
        ++in_use_;
        if (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
    }
    try {
        return std::make_unique<Connection>(options_);
    } catch (...) {
        give_back(nullptr);
        throw;
    }
}

void Readers::give_back(std::unique_ptr<Connection> connection) noexcept {
    {
        const std::lock_guard lock(mutex_);
        --in_use_;
        if (connection) idle_.push_back(std::move(connection));
    }
    returned_.notify_one();
}

}  // namespace chat
