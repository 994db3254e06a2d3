// EXPECT: chanx: an HTTP route takes the policies Authentication, Permissions and Strict only
#include "support/chat.hpp"

#include <chanx/routing/http.hpp>

chanx::awaitable<chanx::Response> show(chanx::Request);

auto target =
    chanx::get<chanx::Authentication<FindUser>, chanx::Requires<Say, chanx::is_authenticated>>(show);
