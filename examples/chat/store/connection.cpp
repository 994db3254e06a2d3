#include "chat/store/connection.hpp"

#include "chat/store/store_error.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

namespace chat {
namespace {

namespace fs = std::filesystem;

/// Turns `path` into an absolute one, so that SQLite takes none for a URI or for ":memory:".
std::string checked_path(const std::string& path) {
    if (path.empty() || path.find('\0') != std::string::npos) {
        throw StoreError(StoreErrorKind::cannot_open,
                         "the database's path is empty or holds a NUL; name a file");
    }
    if (path == ":memory:") {
        throw StoreError(StoreErrorKind::cannot_open,
                         "database ':memory:': several connections share the database, so it must be a file");
    }
    std::error_code ignored;
    const fs::path absolute = fs::absolute(path, ignored);
    if (fs::is_directory(absolute, ignored)) {
        throw StoreError(StoreErrorKind::cannot_open,
                         "database '" + path + "': is a directory; name a file in it");
    }
    if (!fs::is_directory(absolute.parent_path(), ignored)) {
        throw StoreError(StoreErrorKind::cannot_open,
                         "database '" + path + "': the directory '" + absolute.parent_path().string() +
                             "' does not exist; create it, or choose another file");
    }
    return absolute.string();
}

/// Makes the file without opening it: closing a descriptor of ours would drop the locks that another
/// connection of this process holds on it.
void create_file(const std::string& absolute, const std::string& path) {
    if (::mknod(absolute.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0) == 0 || errno == EEXIST) return;
    throw StoreError(StoreErrorKind::cannot_open,
                     "database '" + path + "': can't be created (" + std::generic_category().message(errno) +
                         "); make its directory writable, or choose another file");
}

}  // namespace

Connection::Connection(ConnectionOptions options) : options_(std::move(options)) {
    try {
        open();
    } catch (const SQLite::Exception& error) {
        throw to_store_error(error, options_.path);
    }
}

Connection::~Connection() = default;

void Connection::open() {
    const std::string absolute = checked_path(options_.path);
    if (options_.access == Access::create) create_file(absolute, options_.path);
    // Readers open for writing too: a read-only connection could not take part in the WAL's upkeep.
    database_ = std::make_unique<SQLite::Database>(absolute, SQLite::OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                                   static_cast<int>(options_.busy_timeout.count()));
    sqlite3_busy_handler(database_->getHandle(), &Connection::wait_for_turn, this);
    if (sqlite3_db_readonly(database_->getHandle(), "main") == 1) {
        throw StoreError(StoreErrorKind::cannot_open,
                         "database '" + options_.path + "': is read-only; make the file writable");
    }
    execute("PRAGMA foreign_keys = ON");
    execute("PRAGMA trusted_schema = OFF");
    execute("PRAGMA temp_store = MEMORY");
    if (options_.access == Access::read) {
        execute("PRAGMA query_only = ON");
        return;
    }
    execute(options_.durability == Durability::power_loss ? "PRAGMA synchronous = FULL"
                                                          : "PRAGMA synchronous = NORMAL");
    execute("PRAGMA journal_size_limit = 67108864");
}

void Connection::set_busy_timeout(std::chrono::milliseconds timeout) {
    options_.busy_timeout = timeout;
}

/// SQLite's own waits grow to 100 ms: beside another process that writes without end one would hardly ever
/// look in the moment between two of its commits, which is well below one millisecond.
int Connection::wait_for_turn(void* connection, int waits) noexcept {
    auto& self = *static_cast<Connection*>(connection);
    const auto now = std::chrono::steady_clock::now();
    if (waits == 0) self.waiting_since_ = now;
    if (now - self.waiting_since_ >= self.options_.busy_timeout) return 0;
    // Not all alike, or those who wait would look at the same times.
    const auto spread = std::chrono::microseconds(now.time_since_epoch().count() / 64 % 128);
    std::this_thread::sleep_for(std::chrono::microseconds(100 << std::min(waits, 3)) + spread);
    return 1;
}

void Connection::execute(const char* sql) {
    database_->exec(sql);
}

std::int64_t Connection::integer(const char* sql) {
    return database_->execAndGet(sql).getInt64();
}

std::string Connection::text(const char* sql) {
    return database_->execAndGet(sql).getString();
}

SQLite::Statement& Connection::prepared(std::string_view sql) {
    auto& statement = statements_[sql];
    if (!statement) statement = std::make_unique<SQLite::Statement>(*database_, std::string(sql));
    return *statement;
}

int Connection::changes() const noexcept {
    return sqlite3_changes(database_->getHandle());
}

bool Connection::in_transaction() const noexcept {
    return sqlite3_get_autocommit(database_->getHandle()) == 0;
}

}  // namespace chat
