// EXPECT: chanx: the expression of a re_path has no leading '/'
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::re_path("^/rooms/", target);
}
