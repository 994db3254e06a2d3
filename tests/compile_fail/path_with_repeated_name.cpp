// EXPECT: chanx: two path parameters have the same name
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("<int:pk>/members/<int:pk>/", target);
}
