// EXPECT: chanx: unclosed '<' in a path pattern, write <converter:name>
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("<int:pk/", target);
}
