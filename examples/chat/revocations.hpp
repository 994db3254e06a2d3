#pragma once

#include "chat/store/models.hpp"

#include <chanx/fwd.hpp>

#include <cstdint>
#include <mutex>
#include <string>

namespace chat {

class Store;

/// Closes all connections of a login whose session was deleted.
void close_login(chanx::Application& application, const std::string& session_hash, SessionEnd end);

/// What other processes took away from users with connections here, read from the table: it is true also of
/// a process that ended before it could tell anybody. From any thread.
class Revocations {
  public:
    /// Those from now on. Both must outlive the object. @throws StoreError
    Revocations(chanx::Application& application, Store& store);

    /// Reads what is new, and closes or checks again whom it concerns; in this process's own it finds nothing
    /// left to do. Blocks. @throws StoreError, after which the next call goes on where this one ended
    void poll();

  private:
    chanx::Application& application_;
    Store& store_;
    std::mutex mutex_;
    std::int64_t last_;  // guarded by mutex_
};

}  // namespace chat
