#include "support/chat.hpp"

#include <chanx/routing/http.hpp>

struct LoggedIn
    : chanx::Policies<chanx::Authentication<FindUser>, chanx::Permissions<chanx::is_authenticated>> {};

chanx::awaitable<chanx::Response> show_me(chanx::Request request);

chanx::Router routes() {
    return {
        chanx::path("api/me", chanx::get<LoggedIn>(show_me)),
        chanx::path("api/rooms", chanx::post([](chanx::Request) -> chanx::awaitable<chanx::Response> {
                        co_return chanx::Response(201);
                    })),
    };
}
