// EXPECT: chanx: an HTTP handler is `chanx::awaitable<chanx::Response> handler(chanx::Request)`
#include "support/chat.hpp"

#include <chanx/routing/http.hpp>

chanx::awaitable<chanx::Response> show_me();

chanx::Router routes() {
    return {chanx::path("api/me", chanx::get(show_me))};
}
