// EXPECT: chanx: a path pattern has an empty segment ('//')
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("rooms//<int:pk>/", target);
}
