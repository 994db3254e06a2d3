// EXPECT: chanx: an HTTP route takes the policies Authentication, Permissions and Strict only
#include "support/chat.hpp"

#include <chanx/routing/http.hpp>

chanx::awaitable<chanx::Response> show_me(chanx::Request request);

chanx::Router routes() {
    return {chanx::path("api/me", chanx::get<chanx::SendCompletion<true>>(show_me))};
}
