#pragma once

#include "chat/store/store.hpp"

#include <chanx/chrono.hpp>

#include <thread>

namespace chat {

/// Removes expired sessions and old revocations from the store: once when it is made, then at intervals on a
/// thread of its own.
class SessionPurger {
  public:
    /// @throws StoreError where the first time fails; later failures are logged
    SessionPurger(Store& store, Clock clock, std::chrono::seconds interval);

  private:
    std::jthread thread_;
};

}  // namespace chat
