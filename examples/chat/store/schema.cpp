#include "chat/store/schema.hpp"

#include "chat/store/connection.hpp"
#include "chat/store/store_error.hpp"
#include "chat/store/transaction.hpp"

#include <SQLiteCpp/Exception.h>

#include <cstdint>
#include <string>
#include <thread>

namespace chat {
namespace {

// Times are milliseconds since 1970 in UTC. Lengths are checked in bytes, as a cast to BLOB: length() of a
// text ends at its first NUL. AUTOINCREMENT: an id that was ever seen is never given to another message.
constexpr const char* version_1 = R"sql(
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL CHECK (
        length(CAST(username AS BLOB)) BETWEEN 1 AND 32 AND length(username) = length(CAST(username AS BLOB))
        AND username NOT GLOB '*[^A-Za-z0-9_.-]*'),
    username_folded TEXT NOT NULL UNIQUE CHECK (username_folded = lower(username)),
    password_hash TEXT NOT NULL CHECK (password_hash <> ''),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id_hash TEXT NOT NULL PRIMARY KEY CHECK (id_hash <> ''),
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 400),
    slug TEXT NOT NULL UNIQUE CHECK (slug <> '' AND slug NOT GLOB '*[^a-z0-9-]*'),
    creator_id INTEGER NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user_id, room_id);

CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id),
    message TEXT NOT NULL CHECK (length(CAST(message AS BLOB)) BETWEEN 1 AND 16000),
    timestamp INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_room ON messages (room_id, id);
)sql";

// A room's messages are numbered from 1. The table is made anew, so that nothing can be added without a
// number: not by an older program either, which may still have the file open. What is left of the ids goes on
// as well.
constexpr const char* version_2 = R"sql(
CREATE TABLE numbered_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    room_seq INTEGER NOT NULL CHECK (room_seq > 0),
    user_id INTEGER NOT NULL REFERENCES users (id),
    message TEXT NOT NULL CHECK (length(CAST(message AS BLOB)) BETWEEN 1 AND 16000),
    timestamp INTEGER NOT NULL,
    UNIQUE (room_id, room_seq)
) STRICT;
INSERT INTO numbered_messages (id, room_id, room_seq, user_id, message, timestamp)
    SELECT id, room_id, row_number() OVER (PARTITION BY room_id ORDER BY id), user_id, message, timestamp
    FROM messages ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'numbered_messages';
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'numbered_messages', seq FROM sqlite_sequence WHERE name = 'messages';
DROP TABLE messages;
ALTER TABLE numbered_messages RENAME TO messages;
CREATE INDEX messages_by_room ON messages (room_id, id);
)sql";

// What was taken away from somebody: a login, or the membership of a room. And what tells this database from
// others, wherever both have rooms of one number.
constexpr const char* version_3 = R"sql(
CREATE TABLE revocations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_hash TEXT CHECK (session_hash <> ''),
    is_renewed INTEGER NOT NULL DEFAULT 0 CHECK (is_renewed IN (0, 1)),
    room_id INTEGER,
    user_id INTEGER,
    created_at INTEGER NOT NULL,
    CHECK ((session_hash IS NULL) <> (room_id IS NULL) AND (room_id IS NULL) = (user_id IS NULL))
) STRICT;
CREATE INDEX revocations_by_time ON revocations (created_at);

CREATE TABLE identity (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    database_id TEXT NOT NULL CHECK (database_id <> '')
) STRICT;
INSERT INTO identity (only, database_id) VALUES (1, lower(hex(randomblob(8))));
)sql";

// To end all logins of a user.
constexpr const char* version_4 = "CREATE INDEX sessions_by_user ON sessions (user_id, created_at);";

constexpr const char* all_steps[] = {version_1, version_2, version_3, version_4};

constexpr std::int64_t application_id = 0x43686174;  // "Chat", in the file's header

std::string named(const Connection& connection) {
    return "database '" + connection.options().path + "': ";
}

/// The version of the schema in the file, 0 for an empty one. Refuses what is not ours or is too new for us.
std::int64_t checked_version(Connection& connection, std::int64_t newest) {
    // In this order: another process may migrate in between, and whoever sees its tables must see its mark as
    // well.
    const bool has_tables = connection.integer("SELECT count(*) FROM sqlite_schema") != 0;
    const std::int64_t version = connection.integer("PRAGMA user_version");
    const bool is_empty = version == 0 && !has_tables;
    const bool is_ours = connection.integer("PRAGMA application_id") == application_id;
    if (!is_ours && !is_empty) {
        throw StoreError(StoreErrorKind::not_a_database,
                         named(connection) + "belongs to another program; choose another file");
    }
    if (version > newest) {
        throw StoreError(StoreErrorKind::newer_schema,
                         named(connection) + "was written by a newer version of this program (schema " +
                             std::to_string(version) + ", known here: " + std::to_string(newest) +
                             "); install that version, or choose another file");
    }
    return version;
}

void migrate_once(Connection& connection, std::span<const char* const> steps,
                  std::chrono::milliseconds patience) {
    const auto newest = static_cast<std::int64_t>(steps.size());
    const bool outdated = checked_version(connection, newest) < newest;
    if (connection.text("PRAGMA journal_mode = WAL") != "wal") {
        throw StoreError(StoreErrorKind::cannot_open,
                         named(connection) + "its file system can't share memory (WAL); choose a local disk");
    }
    if (!outdated) return;
    Transaction transaction(connection, Locking::exclusive, patience);
    auto version = checked_version(connection, newest);  // another process may have been here meanwhile
    for (; version < newest; ++version) connection.execute(steps[static_cast<std::size_t>(version)]);
    connection.execute(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
    connection.execute(("PRAGMA user_version = " + std::to_string(version)).c_str());
    transaction.commit();
}

}  // namespace

std::span<const char* const> schema_steps() noexcept {
    return all_steps;
}

void migrate(Connection& connection, std::span<const char* const> steps, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        try {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            migrate_once(connection, steps, left);
            return;
        } catch (const SQLite::Exception& error) {
            if (!is_busy(error) || std::chrono::steady_clock::now() >= deadline) {
                throw to_store_error(error, connection.options().path);
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace chat
