#include <chanx/routing/router.hpp>

#include "routing/route_table.hpp"

#include <chanx/error.hpp>

namespace chanx {

namespace {

// Named, for g++ 14 does not take the immediate function for a member's initialiser.
constexpr PathPattern no_pattern("");

}  // namespace

Route::Route(PathPattern pattern, Target target, RouteOptions options)
    : pattern_(pattern), target_(std::move(target)), name_(std::move(options.name)) {}
Route::Route(RegexPattern expression, Target target, RouteOptions options)
    : pattern_(no_pattern), expression_(expression), target_(std::move(target)), name_(std::move(options.name)) {}
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

std::string Router::reverse(std::string_view name, std::initializer_list<ReverseParam> params) const {
    return detail::RouteTable(*this).reverse(name, params);
}

Route path(PathPattern pattern, Target target, RouteOptions options) {
    return Route(pattern, std::move(target), std::move(options));
}

Route re_path(RegexPattern expression, Target target, RouteOptions options) {
    return Route(expression, std::move(target), std::move(options));
}

Target include(Router router) {
    return detail::RouterTarget{std::make_shared<const Router>(std::move(router))};
}

Target include(Router (*routes)()) {
    if (!routes) throw ConfigurationError("chanx: include was given a null function");
    return detail::RouterFunctionTarget{routes};
}

}  // namespace chanx
