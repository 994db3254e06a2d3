// EXPECT: chanx: a path pattern is written decoded, without percent-encoding
#include <chanx/routing/router.hpp>

chanx::Route route(chanx::Target target) {
    return chanx::path("caf%C3%A9/", target);
}
