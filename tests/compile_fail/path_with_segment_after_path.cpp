// EXPECT: chanx: the path converter takes the whole rest, nothing may follow it
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("<path:rest>/edit", target);
}
