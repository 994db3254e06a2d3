// EXPECT: chanx: a path pattern has no query string and no fragment
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("rooms/?page=1", target);
}
