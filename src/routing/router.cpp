#include <chanx/error.hpp>
#include <chanx/routing/router.hpp>

namespace chanx {

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
