#pragma once

#include "routing/route_table.hpp"

#include <functional>
#include <limits>
#include <map>

namespace chanx::detail {

inline constexpr std::size_t no_route = std::numeric_limits<std::size_t>::max();

struct RouteTable::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    /// One for each converter that stands here in some route.
    std::vector<std::pair<const Converter*, std::unique_ptr<Node>>> branches;
    /// The routes that end here, in declaration order.
    std::vector<std::size_t> routes;
    /// The first route of all that end here or below: nothing before it is to be found here.
    std::size_t first = no_route;
};

struct RouteTable::Compiled {
    const ConsumerType* consumer = nullptr;
    std::shared_ptr<const HttpEndpoint> endpoint;
    std::string method;
    /// Of the parameters, in the path's order; literals of patterns.
    std::vector<std::string_view> names;
};

}  // namespace chanx::detail
