#include "routing/route_table.hpp"

#include "http/text.hpp"
#include "routing/route_builder.hpp"
#include "routing/route_trie.hpp"

#include <chanx/http/endpoint.hpp>

#include <algorithm>

namespace chanx::detail {

/// One walk through a trie for one path.
class RouteTable::Matcher {
  public:
    Matcher(const std::vector<Compiled>& compiled, std::string_view raw_path)
        : compiled_(compiled), raw_(raw_path) {}

    /// The first declared route of this method that matches, or no_route; values() are its parameters then.
    std::size_t find(const Node& root, std::string_view method) {
        method_ = method;
        best_ = no_route;
        if (raw_.starts_with('/')) walk(root, 0);
        return best_;
    }

    /// All routes that match, whatever their method, in declaration order.
    std::vector<std::size_t> find_all(const Node& root) {
        std::vector<std::size_t> all;
        all_ = &all;
        best_ = no_route;
        if (raw_.starts_with('/')) walk(root, 0);
        all_ = nullptr;
        std::ranges::sort(all);
        return all;
    }

    std::vector<PathParams::Value> values() && { return std::move(best_values_); }

  private:
    struct Segment {
        std::size_t start;
        std::size_t end;
        /// Nothing if it doesn't decode to text.
        std::optional<std::string> text;
    };

    static std::optional<std::string> decode(std::string_view raw) {
        auto text = text::percent_decode(raw);
        if (!text || !text::is_utf8(*text) || std::ranges::any_of(*text, text::is_control))
            return std::nullopt;
        return text;
    }

    /// The path's segment at this depth, or null behind the last one. Depths are asked for in order, so each
    /// is split off and decoded once, and none that no route is deep enough for.
    const Segment* segment(std::size_t depth) {
        if (depth == segments_.size()) {
            const std::size_t start = segments_.empty() ? 1 : segments_.back().end + 1;
            if (start > raw_.size()) return nullptr;
            const std::size_t end = std::min(raw_.find('/', start), raw_.size());
            segments_.push_back({start, end, decode(raw_.substr(start, end - start))});
        }
        return &segments_[depth];
    }

    void walk(const Node& node, std::size_t depth) {
        if (node.first >= best_) return;
        if (!segment(depth)) {
            finish(node);
            return;
        }
        if (const auto& text = segments_[depth].text) {
            if (const auto child = node.literals.find(*text); child != node.literals.end())
                walk(*child->second, depth + 1);
        }
        for (const auto& [converter, child] : node.branches) {
            // By index each time: going deeper adds segments, which may move those that are there.
            const auto rest =
                converter->takes_rest ? decode(raw_.substr(segments_[depth].start)) : std::nullopt;
            const auto& text = converter->takes_rest ? rest : segments_[depth].text;
            PathParams::Value value;
            if (!text || !converter->convert(*text, value)) continue;
            values_.push_back(std::move(value));
            if (converter->takes_rest) {
                finish(*child);
            } else {
                walk(*child, depth + 1);
            }
            values_.pop_back();
        }
    }

    void finish(const Node& node) {
        for (std::size_t route : node.routes) {
            if (all_) {
                all_->push_back(route);
            } else if (route < best_ && compiled_[route].method == method_) {
                best_ = route;
                best_values_ = values_;
            }
        }
    }

    const std::vector<Compiled>& compiled_;
    std::string_view raw_;
    std::string_view method_;
    std::vector<Segment> segments_;
    std::vector<PathParams::Value> values_;
    std::vector<PathParams::Value> best_values_;
    std::size_t best_ = no_route;
    std::vector<std::size_t>* all_ = nullptr;
};

RouteTable::RouteTable(const Router& router)
    : websocket_(std::make_unique<Node>()), http_(std::make_unique<Node>()) {
    Builder(*this).add_all(router);
}

RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

PathParams RouteTable::params_of(std::size_t route, std::vector<PathParams::Value> values) const {
    PathParams params;
    for (std::size_t i = 0; i < values.size(); ++i)
        params.add(compiled_[route].names[i], std::move(values[i]));
    return params;
}

std::optional<RouteTable::WebsocketMatch> RouteTable::match_websocket(std::string_view raw_path) const {
    Matcher matcher(compiled_, raw_path);
    const std::size_t route = matcher.find(*websocket_, {});
    if (route == no_route) return std::nullopt;
    return WebsocketMatch{compiled_[route].consumer, params_of(route, std::move(matcher).values())};
}

RouteTable::HttpResult RouteTable::match_http(std::string_view method, std::string_view raw_path) const {
    Matcher matcher(compiled_, raw_path);
    std::size_t route = matcher.find(*http_, method);
    if (route == no_route && method == "HEAD") route = matcher.find(*http_, "GET");
    if (route != no_route)
        return HttpMatch{compiled_[route].endpoint.get(), params_of(route, std::move(matcher).values())};

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

}  // namespace chanx::detail
