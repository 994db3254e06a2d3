#include <chanx/routing/router.hpp>

chanx::Router rooms();

chanx::Router routes(chanx::Target target) {
    return {
        chanx::path("", target),
        chanx::path("rooms/<int:pk>/messages/<slug:topic>", target),
        chanx::path("users/<str:name>/<uuid:token>/", target),
        chanx::path("files/<path:rest>", target),
        chanx::path("ws/", chanx::include(rooms)),
    };
}
