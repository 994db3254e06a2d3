// EXPECT: chanx: an HTTP request has no first message
#include "support/tokens.hpp"

#include <chanx/routing/http.hpp>

chanx::awaitable<chanx::Response> show(chanx::Request);

auto target = chanx::get<chanx::Authentication<FindUser, chanx::FirstMessageAuthentication<Tokens>>>(show);
