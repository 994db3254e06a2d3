// EXPECT: chanx: a path parameter needs a converter, e.g. <str:name>
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("<pk>/", target);
}
