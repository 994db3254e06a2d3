// EXPECT: chanx: a path parameter is read as std::int64_t, std::string or std::string_view
#include <chanx/http/scope.hpp>

int room_of(const chanx::Scope& scope) {
    return scope.param<int>("pk");
}
