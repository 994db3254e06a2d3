#include <chanx/error.hpp>
#include <chanx/routing/router.hpp>

namespace chanx {

Route::Route(PathPattern pattern, Target target) : pattern_(pattern), target_(std::move(target)) {}
Route::Route(const Route& other) = default;
Route::Route(Route&& other) noexcept = default;
Route& Route::operator=(const Route& other) = default;
Route& Route::operator=(Route&& other) noexcept = default;
Route::~Route() = default;

Router::Router(std::initializer_list<Route> routes) : routes_(routes) {}
Router::Router(const Router& other) = default;
Router::Router(Router&& other) noexcept = default;
Router& Router::operator=(const Router& other) = default;
Router& Router::operator=(Router&& other) noexcept = default;
Router::~Router() = default;

Router& Router::add(Route route) {
    routes_.push_back(std::move(route));
    return *this;
}

Route path(PathPattern pattern, Target target) {
    return Route(pattern, std::move(target));
}

Target include(Router router) {
    return detail::RouterTarget{std::make_shared<const Router>(std::move(router))};
}

Target include(Router (*routes)()) {
    if (!routes) throw ConfigurationError("chanx: include was given a null function");
    return detail::RouterFunctionTarget{routes};
}

}  // namespace chanx
