// What the reference shows of routing, compiled and run.

#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/testing/websocket_fixture.hpp>

#include <charconv>
#include <cstdio>

namespace {

// [docs:converter]
struct HexConverter {
    static constexpr std::string_view name = "hex";
    static std::optional<std::uint32_t> parse(std::string_view text) {
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
        if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
        return value;
    }
    static std::string format(std::uint32_t value) {
        char digits[8];
        const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value, 16);
        return {digits, end};
    }
};

chanx::awaitable<chanx::Response> show_color(chanx::Request request) {
    const auto color = request.scope().param<std::uint32_t>("id");
    co_return chanx::Response::text(std::to_string(color >> 16U) + " parts of red");
}
// [/docs:converter]

chanx::awaitable<chanx::Response> show_archive(chanx::Request request) {
    // [docs:optional_group]
    const chanx::Scope& scope = request.scope();
    const auto year = scope.param<std::string>("year");
    const auto month = scope.has_param("month") ? scope.param<std::string>("month") : "all months";
    // [/docs:optional_group]
    co_return chanx::Response::text(month + " of " + year);
}

class RoomConsumer final : public chanx::JsonWebsocketConsumer<void> {};

// [docs:names]
chanx::Router chat_routes() {
    return {chanx::path("<int:pk>/", chanx::consumer<RoomConsumer>(), {.name = "room"})};
}

chanx::Router site_routes() {
    return {
        chanx::path("ws/chat/", chanx::include(chat_routes), {.name = "chat"}),
        chanx::path<HexConverter>("colors/<hex:id>", chanx::get(show_color), {.name = "color"}),
        chanx::re_path("archive/(?P<year>[0-9]{4})/(?:(?P<month>[0-9]{2})/)?", chanx::get(show_archive),
                       {.name = "archive"}),
    };
}
// [/docs:names]

struct SiteFixture : chanx::testing::WebsocketFixture {
    SiteFixture() : WebsocketFixture(std::make_unique<chanx::Application>(site_routes())) {}
};

}  // namespace

TEST_CASE_METHOD(SiteFixture, "converters and expressions give their parameters to handlers", "[docs]") {
    CHECK(client().get("/colors/ff0000").body() == "255 parts of red");
    CHECK(client().get("/colors/red").status() == 404);
    CHECK(client().get("/archive/2026/").body() == "all months of 2026");
    CHECK(client().get("/archive/2026/11/").body() == "11 of 2026");
    CHECK(client().get("/archive/26/").status() == 404);
}

TEST_CASE_METHOD(SiteFixture, "routes are reversed and listed", "[docs]") {
    const chanx::Application& app = application();
    // [docs:reverse]
    CHECK(app.reverse("chat:room", {{"pk", 5}}) == "/ws/chat/5/");
    CHECK(app.reverse("color", {{"id", 0xff0000}}) == "/colors/ff0000");
    CHECK(app.reverse("archive", {{"year", 2026}}) == "/archive/2026/");
    CHECK(app.reverse("archive", {{"year", 2026}, {"month", "07"}}) == "/archive/2026/07/");
    // [/docs:reverse]
    // [docs:listing]
    for (const chanx::RouteInfo& route : app.routes()) {
        if (!route.info) continue;
        for (const chanx::MessageInfo& message : route.info->incoming)
            std::printf("%s takes %s\n", route.pattern.c_str(), std::string(message.action).c_str());
    }
    std::fputs(chanx::format_routes(app.routes()).c_str(), stdout);
    // [/docs:listing]
    CHECK(chanx::format_routes(app.routes()).find("WS      /ws/chat/<int:pk>/  (pk: std::int64_t)") !=
          std::string::npos);
}
