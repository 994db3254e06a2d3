// EXPECT: chanx: a group of a re_path has a name, (?P<name>...), or takes nothing, (?:...)
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::re_path("rooms/([0-9]+)/", target);
}
