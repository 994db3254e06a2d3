#include <chanx/http/reverse.hpp>

#include "routing/route_table.hpp"
#include "support/catch.hpp"

#include <chanx/consumer/consumer_type.hpp>
#include <chanx/error.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>

namespace {

using support::containing;
using chanx::path;
using chanx::Router;

const chanx::detail::ConsumerType consumer_type{};
chanx::Target consumer() {
    return chanx::detail::ConsumerTarget{&consumer_type};
}

struct Point {
    int x = 0;
    int y = 0;
};
struct PointConverter {
    static constexpr std::string_view name = "point";
    static std::optional<Point> parse(std::string_view text) {
        if (text.size() != 3 || text[1] != ',') return std::nullopt;
        return Point{text[0] - '0', text[2] - '0'};
    }
    static std::string format(const Point& point) {
        return std::to_string(point.x) + "," + std::to_string(point.y);
    }
};

/// Writes no odd ones.
struct EvenConverter {
    static constexpr std::string_view name = "even";
    static std::optional<std::int64_t> parse(std::string_view text) {
        return text == "2" ? std::optional<std::int64_t>(2) : std::nullopt;
    }
    static std::string format(std::int64_t value) {
        if (value < 0) throw value;
        if (value % 2 != 0) throw std::out_of_range("an odd number");
        return std::to_string(value);
    }
};

Router chat_routes() {
    return {
        path("", consumer(), {.name = "rooms"}),
        path("<int:pk>/", consumer(), {.name = "room"}),
        path("<int:pk>/<slug:topic>", consumer()),
        chanx::re_path("(?P<old>.+)/old/", consumer(), {.name = "old"}),
    };
}

Router routes() {
    return {
        path("ws/", chanx::include(Router{path("chat/", chanx::include(chat_routes), {.name = "chat"})})),
        path("admin/", chanx::include(Router{path("chat/", chanx::include(chat_routes), {.name = "chat"})}),
             {.name = "admin"}),
        path("caf\xc3\xa9/<str:text>/x", consumer(), {.name = "text"}),
        path("files/<path:file>", consumer(), {.name = "file"}),
        path("u/<uuid:id>", consumer(), {.name = "uuid"}),
        path<PointConverter>("at/<point:where>", consumer(), {.name = "at"}),
        path<EvenConverter>("even/<even:n>", consumer(), {.name = "even"}),
    };
}

std::string reverse(std::string_view name, std::initializer_list<chanx::ReverseParam> params = {}) {
    return routes().reverse(name, params);
}

}  // namespace

TEST_CASE("a path is written from a route's name and parameters", "[routing][reverse]") {
    CHECK(reverse("chat:rooms") == "/ws/chat/");
    CHECK(reverse("chat:room", {{"pk", 5}}) == "/ws/chat/5/");
    CHECK(reverse("admin:chat:room", {{"pk", std::uint64_t{7}}}) == "/admin/chat/7/");
    CHECK(reverse("chat:room", {{"pk", "42"}}) == "/ws/chat/42/");
    CHECK(reverse("chat:room", {{"pk", std::numeric_limits<std::int64_t>::max()}}) ==
          "/ws/chat/9223372036854775807/");
    CHECK(reverse("text", {{"text", 12}}) == "/caf%C3%A9/12/x");
    CHECK(reverse("at", {{"where", Point{3, 4}}}) == "/at/3,4");
    CHECK(reverse("at", {{"where", std::string("5,6")}}) == "/at/5,6");
}

TEST_CASE("what a segment can't hold is percent-encoded, and comes back", "[routing][reverse]") {
    const chanx::detail::RouteTable table(routes());
    const std::string text = "50% \xc3\xa9?#[]\"<>\\^`{|}+&=:@;,!$'()*~";
    const auto raw = reverse("text", {{"text", text}});
    CHECK(raw == "/caf%C3%A9/50%25%20%C3%A9%3F%23%5B%5D%22%3C%3E%5C%5E%60%7B%7C%7D+&=:@;,!$'()*~/x");
    CHECK(table.match_websocket(raw)->params.get<std::string>("text") == text);
    const auto file = reverse("file", {{"file", "a b/c/"}});
    CHECK(file == "/files/a%20b/c/");
    CHECK(table.match_websocket(file)->params.get<std::string>("file") == "a b/c/");
}

TEST_CASE("reverse says what is wrong", "[routing][reverse]") {
    CHECK_THROWS_AS(reverse("chat:rom"), std::invalid_argument);
    CHECK_THROWS_WITH(reverse("chat:rom"),
                      "chanx: reverse(\"chat:rom\"): no route has this name; there are "
                      "admin:chat:old, admin:chat:room, admin:chat:rooms, at, chat:old, "
                      "chat:room, chat:rooms, even, file, text, uuid");
    CHECK_THROWS_WITH(reverse("chat:room"),
                      "chanx: reverse(\"chat:room\"): \"/ws/chat/<int:pk>/\" needs the parameter pk");
    CHECK_THROWS_WITH(reverse("chat:room", {{"pk", 1}, {"id", 2}}),
                      "chanx: reverse(\"chat:room\"): \"/ws/chat/<int:pk>/\" has no parameter id");
    CHECK_THROWS_WITH(reverse("chat:room", {{"pk", 1}, {"pk", 2}}),
                      containing("the parameter pk is given twice"));
    CHECK_THROWS_WITH(
        reverse("chat:room", {{"pk", -5}}),
        "chanx: reverse(\"chat:room\"): the parameter pk is \"-5\", which the converter int does not "
        "take");
    CHECK_THROWS_WITH(reverse("at", {{"where", "up"}}),
                      containing("has a value that is no") && containing("Point"));
    CHECK_THROWS_WITH(reverse("at", {{"where", 1}}), containing("has a value that is no"));
    CHECK_THROWS_WITH(reverse("chat:room", {{"pk", Point{}}}),
                      containing("has a value that is no std::int64_t"));
    for (const auto& bad : {"", "a/b", ".", "..", "\xff", "a\nb"}) {
        CHECK_THROWS_WITH(reverse("text", {{"text", bad}}), containing("does not take"));
    }
    for (const auto& bad : {"", "/etc", "../x", "a/./b", "a/.."}) {
        CHECK_THROWS_WITH(reverse("file", {{"file", bad}}), containing("does not take"));
    }
    CHECK_THROWS_WITH(reverse("uuid", {{"id", "7"}}), containing("the converter uuid does not take"));
    CHECK_THROWS_WITH(Router{}.reverse("x"), containing("there are none"));
}

TEST_CASE("what a converter throws while it writes is reverse's own error, with route and parameter",
          "[routing][reverse]") {
    CHECK(reverse("even", {{"n", 2}}) == "/even/2");
    CHECK_THROWS_AS(reverse("even", {{"n", 3}}), std::invalid_argument);
    CHECK_THROWS_WITH(
        reverse("even", {{"n", 3}}),
        "chanx: reverse(\"even\"): the parameter n could not be written: the converter even threw: an odd "
        "number");
    CHECK_THROWS_AS(reverse("even", {{"n", -1}}), std::invalid_argument);
}

TEST_CASE("a re_path is written by filling in its groups, and matches what is written",
          "[routing][reverse]") {
    const Router archive{
        path("a/<int:pk>/", chanx::include(Router{
                                chanx::re_path("(?P<year>[0-9]{4})/(?:(?P<month>[0-9]{2})/)?(?P<rest>.*)",
                                               consumer(), {.name = "archive"}),
                            })),
        chanx::re_path("x(?P<a>[a-z]*)(?P<b>.*)", consumer(), {.name = "split"}),
        chanx::re_path(R"(\w+/(?P<a>.+))", consumer(), {.name = "open"}),
        chanx::re_path("dots/(?P<a>.*)", consumer(), {.name = "dots"}),
    };
    const chanx::detail::RouteTable table(archive);
    const auto raw = archive.reverse("archive", {{"year", 2026}, {"rest", "caf\xc3\xa9 b/c"}, {"pk", 5}});
    CHECK(raw == "/a/5/2026/caf%C3%A9%20b/c");
    auto params = table.match_websocket(raw)->params;
    CHECK(params.get<std::string>("rest") == "caf\xc3\xa9 b/c");
    CHECK_FALSE(params.contains("month"));
    CHECK(archive.reverse("archive", {{"pk", 5}, {"year", "2026"}, {"month", "07"}, {"rest", ""}}) ==
          "/a/5/2026/07/");
    CHECK(reverse("chat:old", {{"old", "x"}}) == "/ws/chat/x/old/");

    CHECK_THROWS_WITH(archive.reverse("archive", {{"pk", 5}, {"year", 2026}}),
                      containing("needs the parameter rest"));
    CHECK_THROWS_WITH(archive.reverse("archive", {{"year", 2026}, {"rest", ""}}),
                      containing("needs the parameter pk"));
    CHECK_THROWS_WITH(archive.reverse("archive", {{"pk", 5}, {"year", 26}, {"rest", ""}}),
                      containing("chanx: reverse(\"archive\"): the re_path \"/a/<int:pk>/(?P<year>") &&
                          containing("does not match \"26/\""));
    CHECK_THROWS_WITH(archive.reverse("archive", {{"pk", 5}, {"year", 2026}, {"rest", ""}, {"day", 1}}),
                      containing("has no parameter day"));
    CHECK_THROWS_WITH(archive.reverse("archive", {{"pk", 5}, {"year", 2026}, {"rest", "07/"}}),
                      containing("finds \"\" in \"2026/07/\" for the parameter rest, not \"07/\""));
    CHECK_THROWS_WITH(archive.reverse("split", {{"a", "a"}, {"b", "b"}}),
                      containing("for the parameter a, not \"a\""));
    CHECK_THROWS_WITH(archive.reverse("split", {{"a", Point{}}, {"b", "b"}}),
                      containing("neither text nor integer"));
    CHECK_THROWS_WITH(archive.reverse("open", {{"a", "a"}}), containing("outside of a named group"));
    for (const auto& bad : {"..", "a/../b", "./a", "a\nb", "\xff"})
        CHECK_THROWS_WITH(archive.reverse("dots", {{"a", bad}}), containing("does not match"));
}

TEST_CASE("names that make no sense stop the start", "[routing][reverse]") {
    const auto error = [](const Router& router) -> std::string {
        try {
            chanx::detail::RouteTable table(router);
        } catch (const chanx::ConfigurationError& thrown) {
            return thrown.what();
        }
        return "nothing was thrown";
    };
    CHECK(error({path("a", consumer(), {.name = "x"}), path("b", consumer(), {.name = "x"})}) ==
          "chanx: the route \"/b\" has the name \"x\", which \"/a\" has already");
    CHECK_THAT(error({path("a", consumer(), {.name = "x:y"})}), containing("write letters, digits"));
    CHECK_THAT(error({path("a", chanx::include(Router{}), {.name = "x y"})}),
               containing("write letters, digits"));
    CHECK(error({path("a", consumer(), {.name = "x.y-z_1"})}) == "nothing was thrown");
}
