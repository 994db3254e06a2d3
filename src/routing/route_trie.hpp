#pragma once

#include "routing/route_regex.hpp"

#include <chanx/http/endpoint.hpp>
#include <chanx/routing/converter.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace chanx::detail {

struct ConsumerType;

inline constexpr std::size_t no_route = std::numeric_limits<std::size_t>::max();

/// One piece of a route between slashes: a literal, or what a converter takes.
struct RouteSegment {
    std::string literal;
    std::string_view param;
    const Converter* converter = nullptr;

    bool takes_rest() const noexcept { return converter && converter->takes_rest; }
};

struct CompiledRoute {
    const ConsumerType* consumer = nullptr;
    std::shared_ptr<const HttpEndpoint> endpoint;
    std::string method;
    /// All of them, joined; of a re_path those before the expression, which stands for everything from the
    /// last slash on.
    std::vector<RouteSegment> segments;
    std::optional<RouteRegex> regex;
    /// Of the parameters, in the path's order; parts of literals.
    std::vector<std::string_view> names;
};

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>()(text);
    }
};

struct RouteNode {
    std::unordered_map<std::string, std::unique_ptr<RouteNode>, TextHash, std::equal_to<>> literals;
    /// One for each converter that stands here in some route; that with the earliest route first.
    std::vector<std::pair<const Converter*, std::unique_ptr<RouteNode>>> branches;
    /// The routes that end here, in declaration order.
    std::vector<std::size_t> routes;
    /// Those whose expression is matched against everything from here on, in declaration order.
    std::vector<std::size_t> regexes;
    /// The first route of all that end here or below: nothing before it is to be found here.
    std::size_t first = no_route;
};

}  // namespace chanx::detail
