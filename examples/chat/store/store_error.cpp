#include "chat/store/store_error.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <algorithm>

namespace chat {
namespace {

std::string one_line(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

/// The primary result code: extended ones keep it in their low byte.
int primary_code(const SQLite::Exception& error) noexcept {
    return error.getErrorCode() & 0xff;
}

}  // namespace

StoreError::StoreError(StoreErrorKind kind, const std::string& line)
    : std::runtime_error(one_line(line)), kind_(kind) {}

bool is_busy(const SQLite::Exception& error) noexcept {
    switch (primary_code(error)) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:  // processes that all start at once race for the WAL's locks
            return true;
        default:
            return false;
    }
}

StoreError to_store_error(const SQLite::Exception& error, const std::string& path) {
    const std::string database = "database '" + path + "': ";
    if (is_busy(error)) {
        return {StoreErrorKind::busy,
                database + "another process keeps it locked; try again, or stop the other process"};
    }
    switch (primary_code(error)) {
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_READONLY:
            return {StoreErrorKind::cannot_open,
                    database +
                        "can't be opened for writing; make the file and its directory writable, or choose "
                        "another file"};
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return {
                StoreErrorKind::not_a_database,
                database + "is damaged or not a SQLite database; choose another file, or restore a backup"};
        case SQLITE_FULL:
            return {StoreErrorKind::disk_full,
                    database + "the disk is full; nothing was saved, free some space"};
        case SQLITE_CONSTRAINT:
            return {StoreErrorKind::invalid, database + "a value was refused: " + error.what()};
        default:
            return {StoreErrorKind::failed, database + error.what() + "; check the disk it is on"};
    }
}

}  // namespace chat
