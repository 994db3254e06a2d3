#pragma once

#include <chrono>
#include <span>

namespace chat {

class Connection;

/// The steps from an empty file to the newest schema; step i leads from version i to version i + 1. A step
/// that was once released is never edited: what changes is a new step at the end.
std::span<const char* const> schema_steps() noexcept;

/// Brings the database to the version that `steps` lead to and switches it to WAL. Several processes may do
/// so at once: the steps run in one exclusive transaction, the others wait for it, and find nothing left to
/// do. Throws StoreError: `newer_schema`, `not_a_database` (also for another program's database, which is
/// left untouched), `busy` when others held the lock for longer than `patience`.
void migrate(Connection& connection, std::span<const char* const> steps, std::chrono::milliseconds patience);

}  // namespace chat
