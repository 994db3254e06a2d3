#include "chat/store/writer.hpp"

namespace chat {

Writer::Writer(std::unique_ptr<Connection> connection)
    : options_(connection->options()), connection_(std::move(connection)) {}

Writer::Turn::Turn(Writer& writer) : writer_(writer) {
    if (writer_.owner_ == std::this_thread::get_id()) {
        throw StoreError(StoreErrorKind::invalid,
                         "a write from inside a write: what is called after a commit must not write itself");
    }
    writer_.mutex_.lock();
    writer_.owner_ = std::this_thread::get_id();
}

Writer::Turn::~Turn() {
    writer_.owner_ = std::thread::id();
    writer_.mutex_.unlock();
}

Connection& Writer::usable_connection() {
    // A rollback that failed leaves a connection nobody can trust; closing it undoes what was not committed.
    if (connection_ && connection_->in_transaction()) connection_.reset();
    if (!connection_) {
        ConnectionOptions again = options_;
        again.access = Access::write;
        connection_ = std::make_unique<Connection>(std::move(again));
    }
    return *connection_;
}

}  // namespace chat
