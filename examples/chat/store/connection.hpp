#pragma once

#include "chat/store/durability.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace chat {

enum class Access { create, write, read };

struct ConnectionOptions {
    std::string path;
    Access access = Access::write;
    std::chrono::milliseconds busy_timeout{5000};
    Durability durability = Durability::power_loss;
};

/// One SQLite connection with its prepared statements. For one thread at a time; Writer and Readers see to
/// that.
class Connection {
  public:
    /// Opens the file; `Access::create` also makes it (readable by its owner only, for it holds password
    /// hashes). Throws StoreError.
    explicit Connection(ConnectionOptions options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    const ConnectionOptions& options() const noexcept { return options_; }

    void set_busy_timeout(std::chrono::milliseconds timeout);

    /// Runs statements that return nothing. Throws SQLite::Exception.
    void execute(const char* sql);

    /// The first column of the first row. Throws SQLite::Exception.
    std::int64_t integer(const char* sql);
    std::string text(const char* sql);

    /// The prepared statement for `sql`, which must be a literal: it is the key under which it is kept.
    SQLite::Statement& prepared(std::string_view sql);

    /// How many rows the last INSERT, UPDATE or DELETE changed.
    int changes() const noexcept;

    bool in_transaction() const noexcept;

  private:
    void open();
    static int wait_for_turn(void* connection, int waits) noexcept;

    ConnectionOptions options_;
    std::chrono::steady_clock::time_point waiting_since_;
    std::unique_ptr<SQLite::Database> database_;
    std::unordered_map<std::string_view, std::unique_ptr<SQLite::Statement>> statements_;
};

}  // namespace chat
