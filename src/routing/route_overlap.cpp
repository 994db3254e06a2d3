#include "routing/route_overlap.hpp"

#include "routing/route_matcher.hpp"

#include <algorithm>
#include <array>

namespace chanx::detail {
namespace {

/// Something for every standard converter and for what converters of applications are likely to read.
constexpr std::array<std::string_view, 9> samples{
    "1", "a", "2026", "A1", "2026-01-31", "01234567-89ab-cdef-0123-456789abcdef", "a.b", "10:30", "en-gb"};

bool takes(const Converter& converter, std::string_view text) {
    PathParams::Value ignored;
    return accepts(converter, text, ignored);
}

/// Whether everything that `narrow` takes in one segment (or to the end) is taken by `wide` as well.
bool covers(const Converter& wide, const Converter& narrow) {
    if (&wide == &narrow) return true;
    if (&wide == &slug_converter) return &narrow == &int_converter || &narrow == &uuid_converter;
    // What an application's own converter gets has a character and no slash.
    if (&wide == &str_converter) return !narrow.takes_rest;
    return &wide == &path_converter;
}

/// Whether the converter takes every text of the segment, or every rest that begins with it.
bool covers(const Converter& wide, const RouteSegment& narrow) {
    return narrow.converter ? covers(wide, *narrow.converter) : takes(wide, narrow.literal);
}

std::optional<std::string> sample_of(const RouteSegment& segment) {
    if (!segment.converter) return segment.literal;
    for (const std::string_view text : samples) {
        if (takes(*segment.converter, text)) return std::string(text);
    }
    return std::nullopt;
}

/// A text that both take.
std::optional<std::string> common(const Converter& converter, const RouteSegment& segment) {
    if (!segment.converter)
        return takes(converter, segment.literal) ? std::optional(segment.literal) : std::nullopt;
    for (const std::string_view text : samples) {
        if (takes(converter, text) && takes(*segment.converter, text)) return std::string(text);
    }
    // No text is known, but both take the same.
    if (&converter == segment.converter) return "<" + std::string(converter.name) + ">";
    return std::nullopt;
}

/// What the segments from a position on take, in front of a slash each.
std::optional<std::string> sample_from(const std::vector<RouteSegment>& segments, std::size_t position) {
    std::string path;
    for (; position < segments.size(); ++position) {
        const auto text = sample_of(segments[position]);
        if (!text) return std::nullopt;
        path += '/' + *text;
    }
    return path;
}

bool has_params(const CompiledRoute& route) {
    return !route.names.empty();
}

}  // namespace

bool covers(const std::vector<RouteSegment>& wide, const std::vector<RouteSegment>& narrow) {
    for (std::size_t i = 0; i < wide.size(); ++i) {
        if (i == narrow.size()) return false;
        if (wide[i].takes_rest()) return covers(*wide[i].converter, narrow[i]);
        const bool covered = wide[i].converter ? covers(*wide[i].converter, narrow[i])
                                               : !narrow[i].converter && wide[i].literal == narrow[i].literal;
        if (!covered) return false;
    }
    return wide.size() == narrow.size();
}

namespace {

std::size_t find_cover_below(const std::vector<CompiledRoute>& routes, const RouteNode& node,
                             const std::vector<RouteSegment>& segments, std::size_t position,
                             std::string_view method) {
    if (position == segments.size()) {
        for (const std::size_t route : node.routes) {
            if (routes[route].method == method) return route;
        }
        return no_route;
    }
    const RouteSegment& segment = segments[position];
    std::size_t found = no_route;
    if (!segment.converter) {
        if (const auto child = node.literals.find(segment.literal); child != node.literals.end())
            found = find_cover_below(routes, *child->second, segments, position + 1, method);
    }
    for (const auto& [converter, child] : node.branches) {
        if (!covers(*converter, segment)) continue;
        // A converter that takes the rest leaves no segment to compare.
        const std::size_t next = converter->takes_rest ? segments.size() : position + 1;
        found = std::min(found, find_cover_below(routes, *child, segments, next, method));
    }
    return found;
}

}  // namespace

std::size_t find_cover(const std::vector<CompiledRoute>& routes, const RouteNode& root,
                       const std::vector<RouteSegment>& segments, std::string_view method) {
    return find_cover_below(routes, root, segments, 0, method);
}

std::optional<std::string> sample_path(const CompiledRoute& route) {
    if (route.regex) return std::nullopt;
    return sample_from(route.segments, 0);
}

std::vector<RouteOverlap> OverlapFinder::find(const RouteNode& root, std::size_t route) {
    route_ = route;
    found_.clear();
    walk(root, 0, {});
    std::ranges::sort(found_, {}, &RouteOverlap::first);
    found_.erase(std::ranges::unique(found_, {}, &RouteOverlap::first).begin(), found_.end());
    return std::move(found_);
}

void OverlapFinder::walk(const RouteNode& node, std::size_t position, const std::string& path) {
    if (budget_ == 0) return;
    --budget_;
    const auto& segments = routes_[route_].segments;
    if (position == segments.size()) {
        add(node, path);
        return;
    }
    const RouteSegment& segment = segments[position];
    if (segment.takes_rest()) {
        take_all(node, path, true);
        return;
    }
    if (!segment.converter) {
        if (const auto child = node.literals.find(segment.literal); child != node.literals.end())
            walk(*child->second, position + 1, path + '/' + segment.literal);
    } else {
        for (const auto& [text, child] : node.literals) {
            if (takes(*segment.converter, text)) walk(*child, position + 1, path + '/' + text);
        }
    }
    for (const auto& [converter, child] : node.branches) {
        const auto text = common(*converter, segment);
        if (!text) continue;
        if (!converter->takes_rest) {
            walk(*child, position + 1, path + '/' + *text);
        } else if (const auto rest = sample_from(segments, position + 1)) {
            add(*child, path + '/' + *text + *rest);
        }
    }
}

/// Everything below the node, for a route that takes any rest, but none that is empty or begins with a slash.
void OverlapFinder::take_all(const RouteNode& node, const std::string& path, bool is_first) {
    if (budget_ == 0) return;
    --budget_;
    const auto enter = [&](const std::string& text, const RouteNode& child, bool ends) {
        if (is_first && text.empty()) return;
        add(child, path + '/' + text);
        if (!ends) take_all(child, path + '/' + text, false);
    };
    for (const auto& [text, child] : node.literals) enter(text, *child, false);
    for (const auto& [converter, child] : node.branches) {
        if (const auto text = sample_of({.literal = {}, .param = {}, .converter = converter}))
            enter(*text, *child, converter->takes_rest);
    }
}

void OverlapFinder::add(const RouteNode& node, const std::string& path) {
    const CompiledRoute& later = routes_[route_];
    for (const std::size_t route : node.routes) {
        const CompiledRoute& earlier = routes_[route];
        if (earlier.method != later.method || covers(later.segments, earlier.segments)) continue;
        found_.push_back({.first = route, .second = route_, .path = path});
    }
}

std::vector<RouteOverlap> OverlapFinder::find_regexes(const RouteNode& root) {
    std::vector<RouteOverlap> found;
    for (std::size_t route = 0; route < routes_.size(); ++route) {
        const auto path = sample_path(routes_[route]);
        if (!path || budget_ == 0) continue;
        RouteMatcher matcher(routes_, *path);
        const auto all = matcher.find_all(root);
        budget_ -= std::min(budget_, matcher.steps());
        // A route of the other trie has the same path and no place in this one.
        if (!std::ranges::binary_search(all, route)) continue;
        for (const std::size_t other : all) {
            if (!routes_[other].regex || routes_[other].method != routes_[route].method) continue;
            const bool fixed = !has_params(routes_[route]);
            if (other < route) {
                found.push_back(
                    {.first = other, .second = route, .unreachable = fixed, .path = fixed ? "" : *path});
            } else if (!fixed) {
                found.push_back({.first = route, .second = other, .path = *path});
            }
        }
    }
    return found;
}

}  // namespace chanx::detail
