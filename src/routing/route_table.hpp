#pragma once

#include <chanx/http/path_params.hpp>
#include <chanx/routing/router.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chanx::detail {

struct CompiledRoute;
struct RouteNode;
struct RouteOverlap;

/// The routes of an application, compiled once at start into two tries over path segments, one for WebSocket
/// routes and one for HTTP. Immutable, so all shards use one.
///
/// Matching walks the path's raw segments (an encoded slash separates nothing) and decodes each once. At
/// every node at most one literal and one branch per converter fit; where several branches lead to a route,
/// the route declared first wins. So the work depends on the path's length and on how many patterns with
/// parameters a path fits side by side, not on the number of routes. The expressions of re_paths hang at the
/// nodes of their prefixes; one is tried if nothing declared before it has been found.
class RouteTable {
  public:
    /// Most routes, how deep includes may be nested, and most segments and parameters of a route.
    static constexpr std::size_t max_routes = 100'000;
    static constexpr std::size_t max_depth = 32;
    static constexpr std::size_t max_segments = 256;
    static constexpr std::size_t max_params = 32;
    /// Most overlaps that are kept; more are only counted.
    static constexpr std::size_t max_overlaps = 50;

    struct WebsocketMatch {
        const ConsumerType* consumer;
        PathParams params;
    };
    struct HttpMatch {
        const HttpEndpoint* endpoint;
        PathParams params;
    };
    struct MethodNotAllowed {
        /// For the Allow header, in declaration order, "HEAD" after "GET".
        std::vector<std::string> allow;

        std::string joined() const;
    };
    struct NotFound {};
    using HttpResult = std::variant<HttpMatch, MethodNotAllowed, NotFound>;

    /// Throws ConfigurationError, naming the patterns, for a route that is there twice, an expression that
    /// RE2 refuses, a parameter name used twice along a path, a pattern that makes no sense once joined to
    /// its prefix, a name that two patterns have, an empty target, includes nested too deep, and too many
    /// routes.
    explicit RouteTable(const Router& router);
    ~RouteTable();
    RouteTable(RouteTable&&) noexcept;
    RouteTable& operator=(RouteTable&&) noexcept;

    /// `raw_path` is Scope::raw_path(): the path as sent, without the query string, already checked.
    /// @param steps  how much was looked at is added to it: see RouteMatcher
    std::optional<WebsocketMatch> match_websocket(std::string_view raw_path,
                                                  std::size_t* steps = nullptr) const;

    /// HEAD is served by a GET route where there is none of its own. The endpoint lives as long as the table.
    HttpResult match_http(std::string_view method, std::string_view raw_path) const;

    /// The path of the route with this name: see Application::reverse.
    std::string reverse(std::string_view name, std::span<const ReverseParam> params) const;

    /// All routes in declaration order.
    const std::vector<RouteInfo>& routes() const noexcept { return infos_; }

    /// Routes that are never reached, and routes that take the same path although neither is a special case
    /// of the other: the first of them, and how many there are.
    const std::vector<RouteOverlap>& overlaps() const noexcept { return overlaps_; }
    std::size_t overlap_count() const noexcept { return overlap_count_; }

    /// What no path needs more steps than.
    std::size_t max_steps() const;

    /// Logs what is suspicious: overlaps, and routes with parameters that multiply the steps.
    void log_warnings() const;

    /// A route for messages: `GET "/rooms/"`.
    std::string describe(std::size_t route) const;

  private:
    class Builder;

    std::unique_ptr<RouteNode> websocket_;
    std::unique_ptr<RouteNode> http_;
    std::vector<CompiledRoute> compiled_;
    std::vector<RouteInfo> infos_;
    std::map<std::string, std::size_t, std::less<>> names_;
    std::vector<RouteOverlap> overlaps_;
    std::size_t overlap_count_ = 0;
};

}  // namespace chanx::detail
