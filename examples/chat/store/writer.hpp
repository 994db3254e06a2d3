#pragma once

#include "chat/store/connection.hpp"
#include "chat/store/store_error.hpp"
#include "chat/store/transaction.hpp"

#include <SQLiteCpp/Exception.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace chat {

/// The process's only connection that writes. Any thread may call it; calls take turns, so a caller may have
/// to wait for those before it (as many as there are threads that write), each of them bounded by the busy
/// timeout.
class Writer {
  public:
    explicit Writer(std::unique_ptr<Connection> connection);

    /// Runs `body(Connection&)` in a BEGIN IMMEDIATE transaction and returns its result. An exception of
    /// `body` rolls back and goes on to the caller; SQLite's become StoreError.
    template <class Body>
    auto write(Body&& body) {
        return write(std::forward<Body>(body), [](const auto&) {});
    }

    /// The same, and `committed(result)` right after COMMIT, before any other write can begin: the order of
    /// these calls is the order of the commits. It must not write itself (StoreError `invalid`); when it
    /// throws, the commit stands.
    template <class Body, class Committed>
    auto write(Body&& body, Committed&& committed) {
        const Turn turn(*this);
        auto result = run(std::forward<Body>(body));
        committed(std::as_const(result));
        return result;
    }

  private:
    class Turn {
      public:
        explicit Turn(Writer& writer);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        Writer& writer_;
    };

    template <class Body>
    auto run(Body&& body) {
        Connection& connection = usable_connection();
        try {
            Transaction transaction(connection, Locking::immediate, options_.busy_timeout);
            auto result = body(connection);
            transaction.commit();
            return result;
        } catch (const SQLite::Exception& error) {
            throw to_store_error(error, options_.path);
        }
    }

    Connection& usable_connection();

    ConnectionOptions options_;
    std::mutex mutex_;
    std::atomic<std::thread::id> owner_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace chat
