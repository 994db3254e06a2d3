#include "routing/route_matcher.hpp"

#include "http/text.hpp"

#include <algorithm>

namespace chanx::detail {
namespace {

std::optional<std::string> decode(std::string_view raw) {
    auto text = text::percent_decode(raw);
    if (!text || !text::is_utf8(*text) || std::ranges::any_of(*text, text::is_control)) return std::nullopt;
    return text;
}

}  // namespace

std::size_t RouteMatcher::find(const RouteNode& root, std::string_view method) {
    method_ = method;
    best_ = no_route;
    if (raw_.starts_with('/')) walk(root, 0);
    return best_;
}

std::vector<std::size_t> RouteMatcher::find_all(const RouteNode& root) {
    std::vector<std::size_t> all;
    all_ = &all;
    best_ = no_route;
    if (raw_.starts_with('/')) walk(root, 0);
    all_ = nullptr;
    std::ranges::sort(all);
    return all;
}

PathParams RouteMatcher::take_params() {
    PathParams params;
    for (std::size_t i = 0; i < best_values_.size(); ++i) {
        if (best_values_[i]) params.add(routes_[best_].names[i], std::move(*best_values_[i]));
    }
    return params;
}

/// The path's segment at this depth, or null behind the last one. Depths are asked for in order, so each is
/// split off and decoded once, and none that no route is deep enough for.
const RouteMatcher::Segment* RouteMatcher::segment(std::size_t depth) {
    if (depth == segments_.size()) {
        const std::size_t start = segments_.empty() ? 1 : segments_.back().end + 1;
        if (start > raw_.size()) return nullptr;
        const std::size_t end = std::min(raw_.find('/', start), raw_.size());
        segments_.push_back({start, end, decode(raw_.substr(start, end - start))});
    }
    return &segments_[depth];
}

const DecodedPath& RouteMatcher::whole() {
    if (whole_) return *whole_;
    DecodedPath& whole = whole_.emplace();
    for (std::size_t depth = 0; const Segment* next = segment(depth); ++depth) {
        if (depth > 0) whole.text += '/';
        whole.starts.push_back(whole.text.size());
        if (!next->text) whole.decodes_from = depth + 1;
        if (!next->text || next->text->find('/') != std::string::npos) whole.plain_from = depth + 1;
        if (next->text) whole.text += *next->text;
    }
    return whole;
}

bool RouteMatcher::wanted(std::size_t route) const {
    return all_ != nullptr || (route < best_ && routes_[route].method == method_);
}

void RouteMatcher::walk(const RouteNode& node, std::size_t depth) {
    if (node.first >= best_) return;
    ++steps_;
    if (!segment(depth)) {
        finish(node);
        return;
    }
    const RouteNode* literal = nullptr;
    if (const auto& text = segments_[depth].text) {
        if (const auto child = node.literals.find(*text); child != node.literals.end())
            literal = child->second.get();
    }
    // What leads to earlier routes comes first: found there, the later ones need no look.
    for (const auto& [converter, child] : node.branches) {
        if (literal && literal->first < child->first) {
            walk(*literal, depth + 1);
            literal = nullptr;
        }
        if (child->first < best_) walk_branch(*converter, *child, depth);
    }
    if (literal) walk(*literal, depth + 1);
    try_regexes(node, depth);
}

void RouteMatcher::walk_branch(const Converter& converter, const RouteNode& child, std::size_t depth) {
    ++steps_;
    PathParams::Value value;
    if (converter.takes_rest) {
        const DecodedPath& rest = whole();
        if (depth < rest.decodes_from ||
            !accepts(converter, std::string_view(rest.text).substr(rest.starts[depth]), value))
            return;
    } else if (const auto& text = segments_[depth].text; !text || !accepts(converter, *text, value)) {
        return;
    }
    values_.emplace_back(std::move(value));
    if (converter.takes_rest) {
        finish(child);
    } else {
        walk(child, depth + 1);
    }
    values_.pop_back();
}

void RouteMatcher::try_regexes(const RouteNode& node, std::size_t depth) {
    for (std::size_t route : node.regexes) {
        if (!wanted(route)) continue;
        const DecodedPath& rest = whole();
        if (depth < rest.plain_from) return;
        ++steps_;
        auto found = routes_[route].regex->match(std::string_view(rest.text).substr(rest.starts[depth]));
        if (!found) continue;
        if (all_) {
            all_->push_back(route);
            continue;
        }
        best_ = route;
        best_values_ = values_;
        for (auto& text : *found) {
            if (text) {
                best_values_.emplace_back(std::move(*text));
            } else {
                best_values_.emplace_back(std::nullopt);
            }
        }
    }
}

void RouteMatcher::finish(const RouteNode& node) {
    for (std::size_t route : node.routes) {
        if (!wanted(route)) continue;
        if (all_) {
            all_->push_back(route);
        } else {
            best_ = route;
            best_values_ = values_;
        }
    }
}

}  // namespace chanx::detail
