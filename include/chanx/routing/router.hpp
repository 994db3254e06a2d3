#pragma once

#include <chanx/routing/path.hpp>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace chanx {

class Route;
class Router;

namespace detail {

class HttpEndpoint;
struct ConsumerType;

/// A WebSocket route's target; the type must outlive every route.
struct ConsumerTarget {
    const ConsumerType* type = nullptr;
};

/// An HTTP route's target.
struct HttpTarget {
    /// A literal, e.g. "GET".
    std::string_view method;
    std::shared_ptr<const HttpEndpoint> endpoint;
};

struct RouterTarget {
    std::shared_ptr<const Router> router;
};

/// Called when the routes are put together, so that a module's routes can stand after their use.
struct RouterFunctionTarget {
    Router (*make)() = nullptr;
};

}  // namespace detail

/// Where a path leads. Made by consumer<C>(), get(handler), post(handler), ... and include(...).
using Target = std::variant<detail::ConsumerTarget, detail::HttpTarget, detail::RouterTarget,
                            detail::RouterFunctionTarget>;

/// A pattern and where it leads; made by path().
class Route {
  public:
    Route(PathPattern pattern, Target target);
    // Compiled once: every user's file has routes in it.
    Route(const Route& other);
    Route(Route&& other) noexcept;
    Route& operator=(const Route& other);
    Route& operator=(Route&& other) noexcept;
    ~Route();

    const PathPattern& pattern() const noexcept { return pattern_; }
    const Target& target() const noexcept { return target_; }

  private:
    PathPattern pattern_;
    Target target_;
};

/// Routes in the order in which they are tried: where several match a path, the one declared first is taken,
/// including those of included routers, which stand in the place of their include.
///
///     chanx::Router routes() {
///         return {
///             chanx::path("ws/chat/", chanx::include(chat::routes)),
///             chanx::path("api/rooms/", chanx::get(list_rooms)),
///         };
///     }
class Router {
  public:
    Router(std::initializer_list<Route> routes);
    Router(const Router& other);
    Router(Router&& other) noexcept;
    Router& operator=(const Router& other);
    Router& operator=(Router&& other) noexcept;
    ~Router();

    Router& add(Route route);
    const std::vector<Route>& routes() const noexcept { return routes_; }

  private:
    std::vector<Route> routes_;
};

/// A route: what matches the pattern leads to the target.
Route path(PathPattern pattern, Target target);

/// The routes of another router, behind the pattern's prefix. The prefix and the other's patterns are
/// joined as they stand, so a prefix usually ends in a slash.
Target include(Router router);
/// `routes` is called once, when the application starts.
Target include(Router (*routes)());

/// A route as documentation and tools see it: its whole pattern and what stands behind it.
struct RouteInfo {
    enum class Kind { websocket, http };
    struct Param {
        std::string name;
        std::string converter;
    };

    /// With a leading slash: "/ws/chat/<int:pk>/".
    std::string pattern;
    Kind kind = Kind::http;
    /// Empty for WebSocket routes.
    std::string method;
    std::vector<Param> params;
    /// Null for HTTP routes.
    const detail::ConsumerType* consumer = nullptr;
};

}  // namespace chanx
