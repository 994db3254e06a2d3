#pragma once

#include <chanx/chrono.hpp>
#include <chanx/json/describe.hpp>

#include <string>

namespace chanx {

/// A point in time in UTC with milliseconds. In JSON a string of ISO 8601: written as
/// "2024-05-01T12:30:00.000Z", read with `Z` or an offset and up to nine digits of a second's fraction (cut
/// to milliseconds).
using sys_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// The time as it is written in JSON, without quotes.
std::string to_iso8601(sys_time time);

namespace detail {
template <>
struct InfoOf<sys_time> {
    static_assert(sizeof(sys_time) == sizeof(std::int64_t));
    static constexpr TypeInfo value{Kind::time};
};
}  // namespace detail
}  // namespace chanx
