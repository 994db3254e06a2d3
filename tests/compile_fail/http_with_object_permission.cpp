// EXPECT: chanx: an HTTP route has no object, so a permission that has has_object_permission
#include "support/chat.hpp"

#include <chanx/routing/http.hpp>

chanx::awaitable<chanx::Response> show_me(chanx::Request request);

chanx::Router routes() {
    return {chanx::path(
        "api/me",
        chanx::get<chanx::Authentication<FindUser>, chanx::Permissions<chanx::is_authenticated && is_member>>(
            show_me))};
}
