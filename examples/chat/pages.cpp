#include "chat/pages.hpp"

#include "chat/sessions.hpp"
#include "static_files.hpp"

#include <chanx/http/static_files.hpp>
#include <chanx/routing/http.hpp>

#include <string>
#include <string_view>

namespace chat {
namespace {

constexpr std::string_view no_room_page = R"html(<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>No such room · Chanx Chat</title>
  <link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/base.css">
</head>
<body>
  <main>
    <h1>There is no such room</h1>
    <p><a href="/">All rooms</a></p>
  </main>
</body>
</html>
)html";

chanx::Response hardened(const chanx::Request& request, chanx::Response response) {
    // Everything comes from here, and no page of another site may put this one into a frame.
    response.set_header("Content-Security-Policy",
                        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
                        "object-src 'none'");
    response.set_header("Cross-Origin-Opener-Policy", "same-origin");
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");
    response.set_header("Referrer-Policy", "same-origin");
    response.set_header("X-Content-Type-Options", "nosniff");
    // Of a development machine it would hold for all of its ports.
    if (request.scope().secure() && !request.header("Host").value_or("").starts_with("localhost")) {
        response.set_header("Strict-Transport-Security", "max-age=31536000");
    }
    return response;
}

/// A handler that answers with one of the files.
auto page(const chanx::StaticFiles& files, std::string_view name) {
    return [files, name](chanx::Request request) -> chanx::awaitable<chanx::Response> {
        co_return hardened(request, files.respond(request, name));
    };
}

auto room_page(const chanx::StaticFiles& files) {
    return [files](chanx::Request request) -> chanx::awaitable<chanx::Response> {
        const auto id = request.param<std::int64_t>("id");
        if (request.maybe_user<User>() == nullptr) {
            co_return hardened(
                request, chanx::Response::redirect("/login?next=%2Fchat%2F" + std::to_string(id) + "%2F"));
        }
        auto& services = request.state<Services>();
        const bool exists =
            co_await services.read([&](Store& store) { return store.find_room(id).has_value(); });
        if (!exists) co_return hardened(request, chanx::Response::html(std::string(no_room_page), 404));
        co_return hardened(request, files.respond(request, "chat.html"));
    };
}

auto static_file(const chanx::StaticFiles& files) {
    return [files](chanx::Request request) -> chanx::awaitable<chanx::Response> {
        const auto name = request.param<std::string>("name");
        co_return hardened(request, files.respond(request, name));
    };
}

}  // namespace

chanx::Router page_routes() {
    const auto files = chanx::StaticFiles::from_embedded(static_files);
    return {
        // Without a login its script leads to the login page.
        chanx::path("", chanx::get(page(files, "index.html"))),
        chanx::path("login", chanx::get(page(files, "login.html"))),
        chanx::path("chat/<int:id>/", chanx::get<MaybeLoggedIn>(room_page(files))),
        chanx::path("static/<path:name>", chanx::get(static_file(files))),
    };
}

}  // namespace chat
