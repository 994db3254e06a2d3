#include "routing/route_builder.hpp"

#include "http/text.hpp"

#include <chanx/error.hpp>

#include <algorithm>

namespace chanx::detail {
namespace {

/// Whether everything that `narrow` takes in one segment (or to the end) is taken by `wide` as well.
bool covers(const Converter& wide, const Converter& narrow) {
    if (wide.convert == narrow.convert && wide.takes_rest == narrow.takes_rest) return true;
    const auto is = [](const Converter& converter, auto... functions) {
        return ((converter.convert == functions) || ...);
    };
    if (is(wide, convert_slug)) return is(narrow, convert_int, convert_uuid);
    if (is(wide, convert_str)) return is(narrow, convert_int, convert_uuid, convert_slug);
    if (is(wide, convert_path)) return is(narrow, convert_int, convert_uuid, convert_slug, convert_str);
    return false;
}

[[noreturn]] void refuse(const std::string& pattern, std::string_view why) {
    throw ConfigurationError("chanx: the route \"" + pattern + "\" " + std::string(why));
}

}  // namespace

void RouteTable::Builder::collect(const Router& router, const Prefix& prefix, std::size_t depth) {
    if (depth > max_depth)
        refuse(prefix.text, "is behind more than 32 includes: does a router include itself?");
    for (const Route& route : router.routes()) {
        Prefix whole = prefix;
        join(whole, route.pattern());
        if (const auto* included = std::get_if<RouterTarget>(&route.target())) {
            if (!included->router) refuse(whole.text, "includes no router");
            collect(*included->router, whole, depth + 1);
        } else if (const auto* function = std::get_if<RouterFunctionTarget>(&route.target())) {
            if (!function->make) refuse(whole.text, "includes a null function");
            collect(function->make(), whole, depth + 1);
        } else {
            add(whole, route.target());
        }
    }
}

void RouteTable::Builder::join(Prefix& prefix, const PathPattern& pattern) {
    const std::string_view text = pattern.text();
    prefix.text += text;
    for (std::size_t start = 0; start < text.size();) {
        const std::string_view piece = segment_at(text, start);
        Segment& open = prefix.segments.back();
        if (open.converter && open.converter->takes_rest)
            refuse(prefix.text, "has something after a path converter, which takes the whole rest");
        if (!piece.empty()) {
            const PatternSegment parsed = parse_segment(piece, pattern.converters());
            if (open.converter || (parsed.converter && !open.literal.empty()))
                refuse(prefix.text,
                       "has a parameter that doesn't fill its segment: end the prefix in a slash");
            open.literal += parsed.literal;
            open.param = parsed.param;
            open.converter = parsed.converter;
        }
        start += piece.size();
        if (start < text.size()) {
            prefix.segments.emplace_back();
            ++start;
        }
    }
}

void RouteTable::Builder::check_names(const Prefix& whole) {
    std::vector<std::string_view> names;
    for (const Segment& segment : whole.segments) {
        if (segment.literal == "." || segment.literal == "..")
            refuse(whole.text, "has a dot segment, so it matches nothing");
        if (!segment.converter) continue;
        if (std::ranges::find(names, segment.param) != names.end())
            refuse(whole.text, "has two parameters named " + std::string(segment.param));
        names.push_back(segment.param);
    }
}

void RouteTable::Builder::add(const Prefix& whole, const Target& target) {
    check_names(whole);
    if (table_.compiled_.size() == max_routes) refuse(whole.text, "is one too many: there may be 100000");

    Compiled compiled;
    RouteInfo info;
    info.pattern = whole.text;
    if (const auto* http = std::get_if<HttpTarget>(&target)) {
        if (!http->endpoint) refuse(whole.text, "has no handler");
        if (!text::is_token(http->method))
            refuse(whole.text, "has the method \"" + std::string(http->method) + "\", which is none");
        compiled.endpoint = http->endpoint;
        compiled.method = http->method;
        info.kind = RouteInfo::Kind::http;
        info.method = http->method;
    } else {
        compiled.consumer = std::get<ConsumerTarget>(target).type;
        if (!compiled.consumer) refuse(whole.text, "has no consumer");
        info.kind = RouteInfo::Kind::websocket;
        info.consumer = compiled.consumer;
    }
    for (const Segment& segment : whole.segments) {
        if (!segment.converter) continue;
        compiled.names.push_back(segment.param);
        info.params.push_back({std::string(segment.param), std::string(segment.converter->name)});
    }

    Node& root = compiled.consumer ? *table_.websocket_ : *table_.http_;
    const std::size_t cover = find_cover(root, whole.segments, 0, compiled.method);
    const std::size_t route = table_.compiled_.size();
    table_.compiled_.push_back(std::move(compiled));
    table_.infos_.push_back(std::move(info));
    if (cover != no_route) {
        throw ConfigurationError(table_.infos_[cover].pattern == whole.text
                                     ? "chanx: the route " + describe(route) + " is there twice"
                                     : "chanx: the route " + describe(route) + " can never be reached: " +
                                           describe(cover) + ", declared before it, takes all its paths");
    }
    insert(root, whole.segments, route);
}

void RouteTable::Builder::insert(Node& root, const std::vector<Segment>& segments, std::size_t route) {
    Node* node = &root;
    node->first = std::min(node->first, route);
    for (const Segment& segment : segments) {
        std::unique_ptr<Node>* child = nullptr;
        if (!segment.converter) {
            child = &node->literals[segment.literal];
        } else {
            const auto same = std::ranges::find(node->branches, segment.converter,
                                                &std::pair<const Converter*, std::unique_ptr<Node>>::first);
            child = same != node->branches.end()
                        ? &same->second
                        : &node->branches.emplace_back(segment.converter, nullptr).second;
        }
        if (!*child) *child = std::make_unique<Node>();
        node = child->get();
        node->first = std::min(node->first, route);
    }
    node->routes.push_back(route);
}

std::size_t RouteTable::Builder::find_cover(const Node& node, const std::vector<Segment>& segments,
                                            std::size_t position, std::string_view method) const {
    if (position == segments.size()) {
        for (std::size_t route : node.routes) {
            if (table_.compiled_[route].method == method) return route;
        }
        return no_route;
    }
    const Segment& segment = segments[position];
    std::size_t found = no_route;
    if (!segment.converter) {
        if (const auto child = node.literals.find(segment.literal); child != node.literals.end())
            found = find_cover(*child->second, segments, position + 1, method);
    }
    for (const auto& [converter, child] : node.branches) {
        PathParams::Value ignored;
        const bool taken = segment.converter ? covers(*converter, *segment.converter)
                                             : converter->convert(segment.literal, ignored);
        if (!taken) continue;
        // A converter that takes the rest leaves no segment to compare.
        const std::size_t next = converter->takes_rest ? segments.size() : position + 1;
        found = std::min(found, find_cover(*child, segments, next, method));
    }
    return found;
}

std::string RouteTable::Builder::describe(std::size_t route) const {
    const RouteInfo& info = table_.infos_[route];
    return (info.method.empty() ? "websocket" : info.method) + " \"" + info.pattern + "\"";
}

}  // namespace chanx::detail
