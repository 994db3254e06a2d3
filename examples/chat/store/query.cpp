#include "chat/store/query.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

namespace chat {

Query::~Query() {
    statement_.tryReset();  // not reset(): it throws the error of the last step once more
    try {
        statement_.clearBindings();
    } catch (...) {  // what stays bound is bound anew by the next use
    }
}

bool Query::next() {
    return statement_.executeStep();
}

std::int64_t Query::integer(int column) const {
    return statement_.getColumn(column).getInt64();
}

std::string Query::text(int column) const {
    return statement_.getColumn(column).getString();
}

TimePoint Query::time(int column) const {
    return TimePoint(std::chrono::milliseconds(integer(column)));
}

void Query::bind(int index, std::int64_t value) {
    statement_.bind(index, value);
}

void Query::bind(int index, const std::string& value) {
    statement_.bind(index, value);
}

void Query::bind(int index, TimePoint value) {
    bind(index, std::int64_t{value.time_since_epoch().count()});
}

}  // namespace chat
