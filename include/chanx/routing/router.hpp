#pragma once

#include <chanx/http/reverse.hpp>
#include <chanx/routing/path.hpp>
#include <chanx/routing/route_info.hpp>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
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

struct RouteOptions {
    /// What reverse() finds the route by: letters, digits, `_`, `-` and `.`. The name of a path that leads to
    /// an include is the namespace of what is included: "chat:room". Empty for none.
    std::string name{};
};

/// A pattern and where it leads; made by path() and re_path().
class Route {
  public:
    Route(PathPattern pattern, Target target, RouteOptions options = {});
    Route(RegexPattern expression, Target target, RouteOptions options = {});
    // Compiled once: every user's file has routes in it.
    Route(const Route& other);
    Route(Route&& other) noexcept;
    Route& operator=(const Route& other);
    Route& operator=(Route&& other) noexcept;
    ~Route();

    /// Empty for a re_path.
    const PathPattern& pattern() const noexcept { return pattern_; }
    /// Of a re_path; null for every other route.
    const RegexPattern* expression() const noexcept { return expression_ ? &*expression_ : nullptr; }
    const Target& target() const noexcept { return target_; }
    const std::string& name() const noexcept { return name_; }

  private:
    PathPattern pattern_;
    std::optional<RegexPattern> expression_;
    Target target_;
    std::string name_;
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

    /// As Application::reverse, for these routes alone. Puts them together for each call: for tests and
    /// tools.
    std::string reverse(std::string_view name, std::initializer_list<ReverseParam> params = {}) const;

  private:
    std::vector<Route> routes_;
};

/// A route: what matches the pattern leads to the target.
Route path(PathPattern pattern, Target target, RouteOptions options = {});

/// A route whose pattern uses converters of the application's own: `path<HexConverter>("<hex:id>/", target)`.
/// @tparam First, More  see PathConverter
template <class First, class... More>
Route path(std::type_identity_t<PathPatternWith<First, More...>> pattern, Target target,
           RouteOptions options = {}) {
    return Route(pattern, std::move(target), std::move(options));
}

/// A route whose rest of the path is matched by a regular expression, as a whole. Its groups are parameters,
/// read as std::string; one that took no part is not there. A path with an encoded slash matches none.
///
/// An expression that RE2 refuses stops the application from being made, with a ConfigurationError that names
/// the place in it. It leads to a consumer or a handler, not to an include, and comes in its turn: segment
/// routes declared before it win, those after it lose.
///
/// @code
/// chanx::re_path("archive/(?P<year>[0-9]{4})/(?:(?P<month>[0-9]{2})/)?", chanx::get(show_archive))
/// @endcode
Route re_path(RegexPattern expression, Target target, RouteOptions options = {});

/// The routes of another router, behind the pattern's prefix. The prefix and the other's patterns are
/// joined as they stand, so a prefix usually ends in a slash.
Target include(Router router);
/// `routes` is called once, when the application starts.
Target include(Router (*routes)());

}  // namespace chanx
