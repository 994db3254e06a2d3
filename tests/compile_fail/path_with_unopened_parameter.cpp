// EXPECT: chanx: '>' without '<' in a path pattern
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("int:pk>/", target);
}
