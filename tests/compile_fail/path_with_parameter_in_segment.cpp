// EXPECT: chanx: a <converter:name> fills its whole segment, e.g. \"user/<int:pk>/\"
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("user-<int:pk>/", target);
}
