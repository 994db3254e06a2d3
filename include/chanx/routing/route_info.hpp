#pragma once

#include <chanx/consumer/consumer_info.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chanx {
namespace detail {

struct ConsumerType;

}  // namespace detail

/// A route as documentation and tools see it: its whole pattern and what stands behind it.
struct RouteInfo {
    enum class Kind : std::uint8_t { websocket, http };
    struct Param {
        std::string name;
        /// E.g. "int"; empty for a group of a re_path.
        std::string converter;
        /// What it is read as, e.g. "std::int64_t".
        std::string_view type;
    };

    /// With a leading slash: "/ws/chat/<int:pk>/". Of a re_path the prefix and the expression.
    std::string pattern;
    /// Whether the pattern's end is the expression of a re_path.
    bool is_regex = false;
    Kind kind = Kind::http;
    /// Empty for WebSocket routes.
    std::string method;
    /// With its namespaces: "chat:room"; empty for none.
    std::string name;
    std::vector<Param> params;
    /// The consumer's class and messages; null for HTTP routes. Lives as long as the program.
    const ConsumerInfo* info = nullptr;
    const detail::ConsumerType* consumer = nullptr;
};

/// The routes as a table of plain text, one line each: method (`WS` for a WebSocket), pattern with the types
/// of its parameters, name, consumer, and the actions of its messages.
///
/// @code
/// std::fputs(chanx::format_routes(app.routes()).c_str(), stderr);
/// @endcode
std::string format_routes(std::span<const RouteInfo> routes);

}  // namespace chanx
