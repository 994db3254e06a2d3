#pragma once

#include "chat/store/readers.hpp"
#include "chat/store/store.hpp"
#include "chat/store/writer.hpp"

#include <algorithm>
#include <string>

namespace chat {

/// What the store's functions work on.
struct Store::State {
    explicit State(StoreOptions given);

    Clock clock;
    Writer writer;
    Readers readers;
    const std::string database_id = readers.read(
        [](Connection& connection) { return connection.text("SELECT database_id FROM identity"); });
};

inline std::size_t bounded(std::size_t limit) {
    return std::min(limit, Store::max_page);
}

}  // namespace chat
