#pragma once

#include "chat/store/store.hpp"

#include <chanx/chrono.hpp>

#include <utility>

namespace chat {

/// What all calls of the store have in common.
class StoreTurn {
  public:
    StoreTurn(Store& store, std::chrono::milliseconds patience)
        : store_(store), deadline_(std::chrono::steady_clock::now() + patience) {}

  protected:
    /// @throws ApiException 503 where the turn has come too late
    void require_in_time() const;
    /// What users may see of a failure. @throws ApiException 503 for a busy database and a full disk,
    /// otherwise the error itself
    [[noreturn]] static void refuse(const StoreError& error);

    Store& store_;

  private:
    std::chrono::steady_clock::time_point deadline_;
};

/// A function that is called with the store, on a thread that may block. Where the database is busy for too
/// long, the call's turn comes too late, or the disk is full, that is logged, and an ApiException 503 that
/// tells users to try again.
template <class Function>
class StoreCall : StoreTurn {
  public:
    /// @param patience  how long the call may wait for its turn, from now on
    StoreCall(Store& store, std::chrono::milliseconds patience, Function function)
        : StoreTurn(store, patience), function_(std::move(function)) {}

    auto operator()() {
        require_in_time();
        try {
            return function_(store_);
        } catch (const StoreError& error) {
            refuse(error);
        }
    }

  private:
    Function function_;
};

}  // namespace chat
