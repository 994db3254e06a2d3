#pragma once

#include <stdexcept>
#include <string>

namespace SQLite {
class Exception;
}

namespace chat {

/// Why the store could not do what was asked.
enum class StoreErrorKind {
    cannot_open,     ///< no such directory, no permission, read-only
    not_a_database,  ///< another kind of file, another program's database, or a damaged one
    newer_schema,    ///< written by a newer version of the chat
    busy,            ///< another process, or all own connections, held the database for too long
    disk_full,       ///< nothing of the write was kept
    invalid,         ///< a value that the tables refuse; a mistake of the caller
    failed,          ///< anything else: input/output errors above all
};

/// The one exception of the store. `what()` is a single line that names the file and says what to do.
/// After it the database is as it was before the call: nothing is half written.
class StoreError : public std::runtime_error {
  public:
    StoreError(StoreErrorKind kind, const std::string& line);

    StoreErrorKind kind() const noexcept { return kind_; }

  private:
    StoreErrorKind kind_;
};

/// The StoreError that stands for what SQLite reported about the database at `path`.
StoreError to_store_error(const SQLite::Exception& error, const std::string& path);

/// Whether waiting and trying again can help.
bool is_busy(const SQLite::Exception& error) noexcept;

}  // namespace chat
