#pragma once

#include "routing/route_trie.hpp"

#include <chanx/http/path_params.hpp>

namespace chanx::detail {

/// All of the path decoded, for what takes everything to the end.
struct DecodedPath {
    std::string text;
    /// Where the segments begin in it.
    std::vector<std::size_t> starts;
    /// From which depth on everything decodes, and from which on no segment holds a slash as well.
    std::size_t decodes_from = 0;
    std::size_t plain_from = 0;
};

/// One walk through a trie for one path.
///
/// Each step looks at one node, tries one converter or one expression. At a node at most one literal and one
/// branch per converter fit, so the number of steps depends on the path's segments and on how many patterns
/// with parameters they fit side by side, not on the number of routes.
class RouteMatcher {
  public:
    RouteMatcher(const std::vector<CompiledRoute>& routes, std::string_view raw_path)
        : routes_(routes), raw_(raw_path) {}

    /// The first declared route of this method that matches, or no_route; take_params() are its parameters
    /// then.
    std::size_t find(const RouteNode& root, std::string_view method);
    PathParams take_params();

    /// All routes that match, whatever their method, in declaration order.
    std::vector<std::size_t> find_all(const RouteNode& root);

    /// Of all walks so far.
    std::size_t steps() const noexcept { return steps_; }

  private:
    /// Nothing for a group of an expression that took no part.
    using Values = std::vector<std::optional<PathParams::Value>>;

    struct Segment {
        std::size_t start;
        std::size_t end;
        /// Nothing if it doesn't decode to text.
        std::optional<std::string> text;
    };
    const Segment* segment(std::size_t depth);
    const DecodedPath& whole();
    void walk(const RouteNode& node, std::size_t depth);
    void walk_branch(const Converter& converter, const RouteNode& child, std::size_t depth);
    void try_regexes(const RouteNode& node, std::size_t depth);
    void finish(const RouteNode& node);
    bool wanted(std::size_t route) const;

    const std::vector<CompiledRoute>& routes_;
    std::string_view raw_;
    std::string_view method_;
    std::vector<Segment> segments_;
    std::optional<DecodedPath> whole_;
    Values values_;
    Values best_values_;
    std::size_t best_ = no_route;
    std::vector<std::size_t>* all_ = nullptr;
    std::size_t steps_ = 0;
};

}  // namespace chanx::detail
