#pragma once

#include "routing/route_overlap.hpp"
#include "routing/route_table.hpp"

#include <unordered_set>

namespace chanx::detail {

/// Flattens nested routers into a RouteTable, checking each route against those before it.
class RouteTable::Builder {
  public:
    explicit Builder(RouteTable& table) : table_(table), overlaps_(table.compiled_) {}

    void add_all(const Router& router);

  private:
    /// The patterns from the root on, joined. The last segment is still open: what follows may continue it.
    struct Prefix {
        std::string text = "/";
        std::vector<RouteSegment> segments = std::vector<RouteSegment>(1);
        /// The namespaces: "site:chat:".
        std::string names{};
    };

    void collect(const Router& router, const Prefix& prefix, std::size_t depth);
    void add(const Prefix& prefix, const Route& route);
    void add_name(const std::string& name, std::size_t route, const std::string& pattern);
    void insert(RouteNode& root, std::size_t route);
    /// Reports what is wrong with a segment route's place among those before it.
    void compare(const RouteNode& root, std::size_t route);
    void warn(RouteOverlap overlap);

    static void join(Prefix& prefix, const PathPattern& pattern);

    RouteTable& table_;
    OverlapFinder overlaps_;
    std::unordered_set<std::string> seen_;
    bool has_regexes_ = false;
};

}  // namespace chanx::detail
