// EXPECT: chanx: the name of a path parameter must be an identifier, e.g. <int:pk>
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("<int:room id>/", target);
}
