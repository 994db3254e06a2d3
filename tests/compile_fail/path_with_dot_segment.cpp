// EXPECT: chanx: a path pattern with a dot segment matches nothing
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("rooms/../admin/", target);
}
