#include "chat/routes.hpp"

#include "chat/api/account.hpp"
#include "chat/api/rooms.hpp"
#include "chat/consumer.hpp"
#include "chat/pages.hpp"

#include <chanx/routing/consumer.hpp>
#include <chanx/routing/http.hpp>

namespace chat {
namespace {

chanx::awaitable<chanx::Response> show_health(chanx::Request) {
    co_return chanx::Response::json(R"({"status":"ok"})");
}

chanx::Router websocket_routes() {
    return {chanx::path("<int:id>/", chanx::consumer<ChatConsumer>())};
}

}  // namespace

chanx::Router routes() {
    return {
        chanx::path("ws/chat/", chanx::include(websocket_routes)),
        chanx::path("api/", chanx::include(account_routes)),
        chanx::path("api/", chanx::include(room_routes)),
        chanx::path("healthz", chanx::get(show_health)),
        chanx::path("", chanx::include(page_routes)),
    };
}

}  // namespace chat
