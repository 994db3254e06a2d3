#pragma once

#include "routing/route_trie.hpp"

#include <string>
#include <vector>

namespace chanx::detail {

/// Two routes that take the same path, in the order of their declaration.
struct RouteOverlap {
    std::size_t first;
    std::size_t second;
    /// The first takes every path of the second, which is never reached therefore.
    bool unreachable = false;
    /// One that both take; empty for the unreachable.
    std::string path{};
};

/// Whether a route of `wide` takes every path that one of `narrow` takes.
bool covers(const std::vector<RouteSegment>& wide, const std::vector<RouteSegment>& narrow);

/// The first route in the trie, of this method, that takes every path of the segments.
std::size_t find_cover(const std::vector<CompiledRoute>& routes, const RouteNode& root,
                       const std::vector<RouteSegment>& segments, std::string_view method);

/// A path that the route takes, or nothing where none is known: of a re_path, and of a converter of the
/// application's own that takes none of a few common texts.
std::optional<std::string> sample_path(const CompiledRoute& route);

/// Finds routes that take the same path although neither is a special case of the other. (A special case that
/// is declared first is what the order is for.) It looks at common texts only, so what it finds is so, but it
/// may miss some. Stops after 200,000 steps.
class OverlapFinder {
  public:
    explicit OverlapFinder(const std::vector<CompiledRoute>& routes) : routes_(routes) {}

    /// Routes in the trie that overlap with this one, which is declared after them and not yet in it.
    std::vector<RouteOverlap> find(const RouteNode& root, std::size_t route);

    /// Segment routes and re_paths that overlap, in a whole trie.
    std::vector<RouteOverlap> find_regexes(const RouteNode& root);

  private:
    void walk(const RouteNode& node, std::size_t position, const std::string& path);
    void take_all(const RouteNode& node, const std::string& path, bool is_first);
    void add(const RouteNode& node, const std::string& path);

    const std::vector<CompiledRoute>& routes_;
    std::size_t budget_ = 200'000;
    std::size_t route_ = 0;
    std::vector<RouteOverlap> found_;
};

}  // namespace chanx::detail
