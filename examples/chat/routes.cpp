#include "chat/routes.hpp"

#include "chat/api/account.hpp"
#include "chat/api/rooms.hpp"
#include "chat/consumer.hpp"
#include "chat/pages.hpp"

#include <chanx/app/application.hpp>
#include <chanx/http/json_body.hpp>
#include <chanx/routing/consumer.hpp>
#include <chanx/routing/http.hpp>

#include <string>

namespace chat {

/// The chat serves, but does not reach other processes.
struct Degraded {
    std::string status = "degraded";
    std::string detail = "This process does not reach the others at the moment";
};
BOOST_DESCRIBE_STRUCT(Degraded, (), (status, detail))

namespace {

/// 200 also while it is degraded: rooms go on without the other processes. What it does not reach, and why, is for
/// those who run it (--operations-port, and the log).
chanx::awaitable<chanx::Response> show_health(chanx::Request request) {
    const auto health = request.state<Services>().application().health();
    if (!health.degraded) co_return chanx::Response::json(R"({"status":"ok"})");
    co_return chanx::Response::of(Degraded{});
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
