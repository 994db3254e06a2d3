// EXPECT: chanx: a path pattern has no leading '/'
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("/rooms/", target);
}
