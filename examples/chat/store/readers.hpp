#pragma once

#include "chat/store/connection.hpp"
#include "chat/store/store_error.hpp"

#include <SQLiteCpp/Exception.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace chat {

/// A bounded set of connections that only read, opened when first needed. In WAL mode they neither wait for
/// the writer nor hold it up. When all are in use a call waits; after the busy timeout it is a StoreError
/// `busy`.
class Readers {
  public:
    /// `size` of at least 1; 0 is taken as 1.
    Readers(ConnectionOptions options, std::size_t size);

    /// Runs `body(Connection&)` on a connection of its own and returns its result. SQLite's exceptions become
    /// StoreError.
    template <class Body>
    auto read(Body&& body) {
        Lease lease(*this);
        try {
            return body(lease.connection());
        } catch (const SQLite::Exception& error) {
            lease.discard();  // whatever went wrong, the next call begins with a fresh connection
            throw to_store_error(error, options_.path);
        }
    }

  private:
    class Lease {
      public:
        explicit Lease(Readers& readers);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;

        Connection& connection() { return *connection_; }
        void discard() { connection_.reset(); }

      private:
        Readers& readers_;
        std::unique_ptr<Connection> connection_;
    };

    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection) noexcept;

    ConnectionOptions options_;
    std::size_t size_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::size_t in_use_ = 0;
    std::vector<std::unique_ptr<Connection>> idle_;  // reserved for size_, so that giving back can't fail
};

}  // namespace chat
