#include "chat/store/transaction.hpp"

#include "chat/store/connection.hpp"
#include "chat/store/store_error.hpp"

#include <SQLiteCpp/Exception.h>

#include <thread>

namespace chat {

void execute_patiently(Connection& connection, const char* sql, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        try {
            connection.execute(sql);
            return;
        } catch (const SQLite::Exception& error) {
            if (!is_busy(error) || std::chrono::steady_clock::now() >= deadline) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

Transaction::Transaction(Connection& connection, Locking locking, std::chrono::milliseconds patience)
    : connection_(connection), patience_(patience) {
    execute_patiently(connection_, locking == Locking::immediate ? "BEGIN IMMEDIATE" : "BEGIN EXCLUSIVE",
                      patience_);
}

Transaction::~Transaction() {
    // A full disk or an input/output error may have rolled back already.
    if (!connection_.in_transaction()) return;
    try {
        connection_.execute("ROLLBACK");
    } catch (...) {  // the Writer gives up a connection that is still in a transaction
    }
}

void Transaction::commit() {
    execute_patiently(connection_, "COMMIT", patience_);
}

}  // namespace chat
