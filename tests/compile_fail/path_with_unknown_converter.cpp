// EXPECT: chanx: unknown path converter; there are int, str, slug, uuid and path, e.g. <int:pk>
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("<itn:pk>/", target);
}
