// EXPECT: chanx: a path parameter needs a name, e.g. <int:pk>
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("<int:>/", target);
}
