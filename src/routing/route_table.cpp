#include "routing/route_table.hpp"

#include "routing/route_builder.hpp"
#include "routing/route_matcher.hpp"

#include <chanx/logging.hpp>

#include <algorithm>

namespace chanx::detail {
namespace {

/// From here on a start mentions what a path may cost.
constexpr std::size_t many_steps = 4096;

std::size_t max_steps_below(const RouteNode& node) {
    std::size_t deepest = 0;
    for (const auto& [text, child] : node.literals) deepest = std::max(deepest, max_steps_below(*child));
    std::size_t steps = 1 + deepest + node.branches.size() + node.regexes.size();
    for (const auto& [converter, child] : node.branches) {
        if (!converter->takes_rest) steps += max_steps_below(*child);
    }
    return steps;
}

}  // namespace

RouteTable::RouteTable(const Router& router)
    : websocket_(std::make_unique<RouteNode>()), http_(std::make_unique<RouteNode>()) {
    Builder(*this).add_all(router);
}

RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

std::optional<RouteTable::WebsocketMatch> RouteTable::match_websocket(std::string_view raw_path,
                                                                      std::size_t* steps) const {
    RouteMatcher matcher(compiled_, raw_path);
    const std::size_t route = matcher.find(*websocket_, {});
    if (steps) *steps += matcher.steps();
    if (route == no_route) return std::nullopt;
    return WebsocketMatch{compiled_[route].consumer, matcher.take_params()};
}

RouteTable::HttpResult RouteTable::match_http(std::string_view method, std::string_view raw_path) const {
    RouteMatcher matcher(compiled_, raw_path);
    std::size_t route = matcher.find(*http_, method);
    if (route == no_route && method == "HEAD") route = matcher.find(*http_, "GET");
    if (route != no_route) return HttpMatch{compiled_[route].endpoint.get(), matcher.take_params()};

    MethodNotAllowed refused;
    const auto allow = [&](std::string_view name) {
        if (std::ranges::find(refused.allow, name) == refused.allow.end()) refused.allow.emplace_back(name);
    };
    for (std::size_t other : matcher.find_all(*http_)) {
        allow(compiled_[other].method);
        if (compiled_[other].method == "GET") allow("HEAD");
    }
    if (refused.allow.empty()) return NotFound{};
    return refused;
}

std::string RouteTable::MethodNotAllowed::joined() const {
    std::string text;
    for (const std::string& method : allow) {
        if (!text.empty()) text += ", ";
        text += method;
    }
    return text;
}

std::size_t RouteTable::max_steps() const {
    return std::max(max_steps_below(*websocket_), max_steps_below(*http_));
}

void RouteTable::log_warnings() const {
    for (const RouteOverlap& overlap : overlaps_) {
        const std::string first = describe(overlap.first);
        const std::string second = describe(overlap.second);
        if (overlap.unreachable) {
            log(LogLevel::warn, "route can never be reached", {{"route", second}, {"behind", first}});
        } else {
            log(LogLevel::warn, "routes overlap: the first is taken",
                {{"first", first}, {"second", second}, {"path", overlap.path}});
        }
    }
    if (overlap_count_ > overlaps_.size())
        log(LogLevel::warn, "more routes overlap", {{"count", overlap_count_ - overlaps_.size()}});
    if (const std::size_t steps = max_steps(); steps > many_steps)
        log(LogLevel::warn, "routes with parameters multiply the work of matching a path",
            {{"steps", steps}});
}

std::string RouteTable::describe(std::size_t route) const {
    const RouteInfo& info = infos_[route];
    return (info.method.empty() ? "websocket" : info.method) + " \"" + info.pattern + "\"";
}

}  // namespace chanx::detail
