#pragma once

#include <chanx/http/path_params.hpp>
#include <chanx/routing/router.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace chanx::detail {

/// The routes of an application, compiled once at start into two tries over path segments, one for WebSocket
/// routes and one for HTTP. Immutable, so all shards use one.
///
/// Matching walks the path's raw segments (an encoded slash separates nothing) and decodes each once. At
/// every node at most one literal and one branch per converter fit; where several branches lead to a route,
/// the route declared first wins. So the work depends on the path's length and the number of converters, not
/// of routes.
class RouteTable {
  public:
    /// Most routes, and how deep includes may be nested.
    static constexpr std::size_t max_routes = 100'000;
    static constexpr std::size_t max_depth = 32;

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

    /// Throws ConfigurationError, naming the patterns, for a route that is there twice or that an earlier one
    /// keeps from ever being reached, a parameter name used twice along a path, a pattern that makes no sense
    /// once joined to its prefix, an empty target, includes nested too deep, and too many routes.
    explicit RouteTable(const Router& router);
    ~RouteTable();
    RouteTable(RouteTable&&) noexcept;
    RouteTable& operator=(RouteTable&&) noexcept;

    /// `raw_path` is Scope::raw_path(): the path as sent, without the query string, already checked.
    std::optional<WebsocketMatch> match_websocket(std::string_view raw_path) const;

    /// HEAD is served by a GET route where there is none of its own. The endpoint lives as long as the table.
    HttpResult match_http(std::string_view method, std::string_view raw_path) const;

    /// All routes in declaration order.
    const std::vector<RouteInfo>& routes() const noexcept { return infos_; }

  private:
    struct Node;
    struct Compiled;
    class Builder;
    class Matcher;

    PathParams params_of(std::size_t route, std::vector<PathParams::Value> values) const;

    std::unique_ptr<Node> websocket_;
    std::unique_ptr<Node> http_;
    std::vector<Compiled> compiled_;
    std::vector<RouteInfo> infos_;
};

}  // namespace chanx::detail
