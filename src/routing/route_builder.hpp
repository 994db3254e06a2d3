#pragma once

#include "routing/route_trie.hpp"

namespace chanx::detail {

/// Flattens nested routers into a RouteTable, checking each route against those before it.
class RouteTable::Builder {
  public:
    explicit Builder(RouteTable& table) : table_(table) {}

    void add_all(const Router& router) { collect(router, Prefix(), 0); }

  private:
    struct Segment {
        std::string literal;
        std::string_view param;
        const Converter* converter = nullptr;
    };

    /// The patterns from the root on, joined. The last segment is still open: what follows may continue it.
    struct Prefix {
        std::string text = "/";
        std::vector<Segment> segments = std::vector<Segment>(1);
    };

    void collect(const Router& router, const Prefix& prefix, std::size_t depth);
    void add(const Prefix& whole, const Target& target);
    void insert(Node& root, const std::vector<Segment>& segments, std::size_t route);

    static void join(Prefix& prefix, const PathPattern& pattern);
    static void check_names(const Prefix& whole);

    /// A route in the trie, of this method, that takes every path the segments from `position` on match.
    std::size_t find_cover(const Node& node, const std::vector<Segment>& segments, std::size_t position,
                           std::string_view method) const;

    std::string describe(std::size_t route) const;

    RouteTable& table_;
};

}  // namespace chanx::detail
