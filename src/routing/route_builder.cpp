#include "routing/route_builder.hpp"

#include "http/text.hpp"

#include <chanx/consumer/consumer_type.hpp>
#include <chanx/error.hpp>

#include <algorithm>

namespace chanx::detail {
namespace {

[[noreturn]] void refuse(const std::string& pattern, std::string_view why) {
    throw ConfigurationError("chanx: the route \"" + pattern + "\" " + std::string(why));
}

void check_name(const std::string& pattern, std::string_view name) {
    const bool good = std::ranges::all_of(name, [](char c) {
        return text::is_alpha(c) || text::is_digit(c) || c == '_' || c == '-' || c == '.';
    });
    if (!good)
        refuse(pattern,
               "has the name \"" + std::string(name) + "\": write letters, digits, '_', '-' and '.'");
}

void check_params(const std::string& pattern, const CompiledRoute& route) {
    for (const RouteSegment& segment : route.segments) {
        if (segment.literal == "." || segment.literal == "..")
            refuse(pattern, "has a dot segment, so it matches nothing");
    }
    const auto& names = route.names;
    if (names.size() > RouteTable::max_params) refuse(pattern, "has more than 32 parameters");
    for (auto name = names.begin(); name != names.end(); ++name) {
        if (std::find(names.begin(), name, *name) != name)
            refuse(pattern, "has two parameters named " + std::string(*name));
    }
}

}  // namespace

void RouteTable::Builder::add_all(const Router& router) {
    collect(router, Prefix(), 0);
    if (!has_regexes_) return;
    for (const RouteNode* root : {table_.websocket_.get(), table_.http_.get()}) {
        for (RouteOverlap& overlap : overlaps_.find_regexes(*root)) warn(std::move(overlap));
    }
}

void RouteTable::Builder::collect(const Router& router, const Prefix& prefix, std::size_t depth) {
    if (depth > max_depth)
        refuse(prefix.text, "is behind more than 32 includes: does a router include itself?");
    for (const Route& route : router.routes()) {
        const auto* included = std::get_if<RouterTarget>(&route.target());
        const auto* function = std::get_if<RouterFunctionTarget>(&route.target());
        if (!included && !function) {
            add(prefix, route);
            continue;
        }
        if (const RegexPattern* expression = route.expression())
            refuse(prefix.text + std::string(expression->text()),
                   "is a re_path that leads to an include: put the re_path into the included router");
        Prefix whole = prefix;
        join(whole, route.pattern());
        check_name(whole.text, route.name());
        if (!route.name().empty()) whole.names += route.name() + ":";
        if (included) {
            if (!included->router) refuse(whole.text, "includes no router");
            collect(*included->router, whole, depth + 1);
        } else {
            if (!function->make) refuse(whole.text, "includes a null function");
            collect(function->make(), whole, depth + 1);
        }
    }
}

void RouteTable::Builder::join(Prefix& prefix, const PathPattern& pattern) {
    const std::string_view text = pattern.text();
    prefix.text += text;
    for (std::size_t start = 0; start < text.size();) {
        const std::string_view piece = segment_at(text, start);
        RouteSegment& open = prefix.segments.back();
        if (open.takes_rest())
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
    if (prefix.segments.size() > max_segments) refuse(prefix.text, "has more than 256 segments");
}

void RouteTable::Builder::add(const Prefix& prefix, const Route& route) {
    Prefix whole = prefix;
    CompiledRoute compiled;
    RouteInfo info;
    if (const RegexPattern* expression = route.expression()) {
        whole.text += expression->text();
        const RouteSegment& open = whole.segments.back();
        if (open.converter || !open.literal.empty())
            refuse(whole.text, "has an expression that begins inside a segment: end the prefix in a slash");
        compiled.regex.emplace(expression->text());
        info.is_regex = true;
        has_regexes_ = true;
    } else {
        join(whole, route.pattern());
    }
    info.pattern = whole.text;
    if (table_.compiled_.size() == max_routes) refuse(whole.text, "is one too many: there may be 100000");

    if (const auto* http = std::get_if<HttpTarget>(&route.target())) {
        if (!http->endpoint) refuse(whole.text, "has no handler");
        if (!text::is_token(http->method))
            refuse(whole.text, "has the method \"" + std::string(http->method) + "\", which is none");
        compiled.endpoint = http->endpoint;
        compiled.method = http->method;
        info.kind = RouteInfo::Kind::http;
        info.method = http->method;
    } else {
        compiled.consumer = std::get<ConsumerTarget>(route.target()).type;
        if (!compiled.consumer) refuse(whole.text, "has no consumer");
        info.kind = RouteInfo::Kind::websocket;
        info.consumer = compiled.consumer;
        info.info = &compiled.consumer->info;
    }
    for (const RouteSegment& segment : whole.segments) {
        if (!segment.converter) continue;
        compiled.names.push_back(segment.param);
        info.params.push_back(
            {std::string(segment.param), std::string(segment.converter->name), segment.converter->type});
    }
    if (compiled.regex) {
        for (const std::string_view name : compiled.regex->names()) {
            compiled.names.push_back(name);
            info.params.push_back({std::string(name), {}, "std::string"});
        }
    }
    compiled.segments = std::move(whole.segments);
    check_params(whole.text, compiled);
    check_name(whole.text, route.name());
    if (!route.name().empty()) info.name = whole.names + route.name();

    const std::size_t index = table_.compiled_.size();
    RouteNode& root = compiled.consumer ? *table_.websocket_ : *table_.http_;
    table_.compiled_.push_back(std::move(compiled));
    table_.infos_.push_back(std::move(info));
    if (!seen_.insert(table_.infos_.back().method + ' ' + whole.text).second)
        throw ConfigurationError("chanx: the route " + table_.describe(index) + " is there twice");
    if (!table_.infos_.back().name.empty()) add_name(table_.infos_.back().name, index, whole.text);
    if (!table_.compiled_.back().regex) compare(root, index);
    insert(root, index);
}

void RouteTable::Builder::add_name(const std::string& name, std::size_t route, const std::string& pattern) {
    // Methods of one path may share its name.
    const auto [entry, is_new] = table_.names_.try_emplace(name, route);
    if (!is_new && table_.infos_[entry->second].pattern != pattern)
        refuse(pattern, "has the name \"" + name + "\", which \"" + table_.infos_[entry->second].pattern +
                            "\" has already");
}

void RouteTable::Builder::compare(const RouteNode& root, std::size_t route) {
    const CompiledRoute& compiled = table_.compiled_[route];
    const std::size_t cover = find_cover(table_.compiled_, root, compiled.segments, compiled.method);
    if (cover != no_route) {
        warn({.first = cover, .second = route, .unreachable = true});
        return;
    }
    for (RouteOverlap& overlap : overlaps_.find(root, route)) warn(std::move(overlap));
}

void RouteTable::Builder::warn(RouteOverlap overlap) {
    ++table_.overlap_count_;
    if (table_.overlaps_.size() < max_overlaps) table_.overlaps_.push_back(std::move(overlap));
}

void RouteTable::Builder::insert(RouteNode& root, std::size_t route) {
    const CompiledRoute& compiled = table_.compiled_[route];
    // The open segment of a re_path's prefix is where its expression begins.
    const std::size_t count = compiled.segments.size() - (compiled.regex ? 1 : 0);
    RouteNode* node = &root;
    node->first = std::min(node->first, route);
    for (std::size_t i = 0; i < count; ++i) {
        const RouteSegment& segment = compiled.segments[i];
        std::unique_ptr<RouteNode>* child = nullptr;
        if (!segment.converter) {
            child = &node->literals[segment.literal];
        } else {
            const auto same =
                std::ranges::find(node->branches, segment.converter,
                                  &std::pair<const Converter*, std::unique_ptr<RouteNode>>::first);
            child = same != node->branches.end()
                        ? &same->second
                        : &node->branches.emplace_back(segment.converter, nullptr).second;
        }
        if (!*child) *child = std::make_unique<RouteNode>();
        node = child->get();
        node->first = std::min(node->first, route);
    }
    (compiled.regex ? node->regexes : node->routes).push_back(route);
}

}  // namespace chanx::detail
