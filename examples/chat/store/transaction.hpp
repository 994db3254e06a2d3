#pragma once

#include <chrono>

namespace chat {

class Connection;

enum class Locking { immediate, exclusive };

/// A write transaction; rolled back when it is destroyed before commit(). Both ends wait for other processes
/// up to `patience` and then throw SQLite::Exception with SQLITE_BUSY. SQLite's own busy timeout is not
/// enough: in some states (recovery, a change of journal mode) it reports busy at once.
class Transaction {
  public:
    Transaction(Connection& connection, Locking locking, std::chrono::milliseconds patience);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

  private:
    Connection& connection_;
    std::chrono::milliseconds patience_;
};

/// Runs `sql`, again and again while the database is busy, until `patience` is over. Throws
/// SQLite::Exception.
void execute_patiently(Connection& connection, const char* sql, std::chrono::milliseconds patience);

}  // namespace chat
