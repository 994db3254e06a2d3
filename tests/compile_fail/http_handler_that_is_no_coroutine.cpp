// EXPECT: chanx: an HTTP handler is `chanx::awaitable<chanx::Response> handler(chanx::Request)`
#include "support/chat.hpp"

#include <chanx/routing/http.hpp>

chanx::Response show_me(chanx::Request request);

chanx::Router routes() {
    return {chanx::path("api/me", chanx::get(show_me))};
}
