// EXPECT: chanx: white space, control character or backslash in a path pattern
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("my rooms/", target);
}
