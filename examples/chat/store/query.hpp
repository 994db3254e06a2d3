#pragma once

#include "chat/store/connection.hpp"
#include "chat/store/models.hpp"

#include <cstdint>
#include <string>

namespace chat {

/// One execution of a prepared statement: binds on construction, resets on destruction, whatever happens
/// between. Text goes in and comes out with its length, for NUL is legal in it. Everything throws
/// SQLite::Exception.
class Query {
  public:
    /// `sql` is a literal; `values` are bound to ?1, ?2, ... in order.
    template <class... Values>
    Query(Connection& connection, std::string_view sql, const Values&... values)
        : statement_(connection.prepared(sql)) {
        int index = 0;
        (bind(++index, values), ...);
    }
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// Steps to the next row; false when there is none.
    bool next();

    std::int64_t integer(int column) const;
    std::string text(int column) const;
    TimePoint time(int column) const;

  private:
    void bind(int index, std::int64_t value);
    void bind(int index, const std::string& value);
    void bind(int index, TimePoint value);

    SQLite::Statement& statement_;
};

}  // namespace chat
