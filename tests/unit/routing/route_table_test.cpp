#include "routing/route_table.hpp"

#include "routing/route_overlap.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "unit/routing/runtime_pattern.hpp"

#include <chanx/consumer/consumer_type.hpp>
#include <chanx/error.hpp>
#include <chanx/http/endpoint.hpp>

namespace {

using support::containing;
using chanx::path;
using chanx::Route;
using chanx::Router;
using chanx::detail::RouteTable;

// Routing only passes addresses on, so any distinct ones will do.
using Endpoint = std::shared_ptr<const chanx::detail::HttpEndpoint>;
Endpoint make_endpoint() {
    auto owner = std::make_shared<int>();
    return Endpoint(owner, reinterpret_cast<const chanx::detail::HttpEndpoint*>(owner.get()));
}

const chanx::detail::ConsumerType consumers[4] = {};
const chanx::detail::ConsumerType* consumer_type(int index) {
    return &consumers[index];
}

chanx::Target consumer(int index = 0) {
    return chanx::detail::ConsumerTarget{consumer_type(index)};
}

chanx::Target http(std::string_view method, Endpoint endpoint = make_endpoint()) {
    return chanx::detail::HttpTarget{method, std::move(endpoint)};
}

/// Which consumer a path leads to, or -1.
int which(const RouteTable& table, std::string_view path) {
    const auto match = table.match_websocket(path);
    if (!match) return -1;
    for (int i = 0; i < 4; ++i) {
        if (match->consumer == consumer_type(i)) return i;
    }
    return -2;
}

std::string build_error(const Router& router) {
    try {
        RouteTable table(router);
    } catch (const chanx::ConfigurationError& error) {
        return error.what();
    }
    return "nothing was thrown";
}

/// What is wrong with the order of these routes.
std::string order_warnings(const Router& router) {
    const RouteTable table(router);
    std::string text;
    for (const auto& overlap : table.overlaps()) {
        if (!text.empty()) text += "; ";
        text += table.describe(overlap.first) + (overlap.unreachable ? " hides " : " overlaps ") +
                table.describe(overlap.second);
        if (!overlap.path.empty()) text += " at " + overlap.path;
    }
    return text;
}

Router chat_routes() {
    return {path("<int:pk>/", consumer(1)), path("lobby/", consumer(2))};
}
Router endless() {
    return {path("a/", chanx::include(endless))};
}

}  // namespace

TEST_CASE("prefixes are joined and parameters taken", "[routing][route_table]") {
    const RouteTable table(
        Router{path("", consumer(0)),
               path("ws/", chanx::include(Router{path("chat/", chanx::include(chat_routes))}))});
    CHECK(which(table, "/") == 0);
    CHECK(which(table, "/ws/chat/lobby/") == 2);
    const auto match = table.match_websocket("/ws/chat/42/");
    REQUIRE(match);
    CHECK(match->consumer == consumer_type(1));
    CHECK(match->params.get<std::int64_t>("pk") == 42);
    for (const char* other :
         {"", "ws/chat/42/", "//", "/ws/chat/42", "/ws/chat/42//", "/ws/chat//", "/ws//chat/42/",
          "/ws/chat/-1/", "/ws/chat/x/", "/ws/chat/42/x", "/WS/chat/42/", "/ws/chat/42/?x"}) {
        INFO(other);
        CHECK(which(table, other) == -1);
    }
}

TEST_CASE("a prefix may end inside a segment", "[routing][route_table]") {
    const RouteTable table(
        Router{path("room", chanx::include(Router{path("s/<int:pk>", consumer(0)), path("", consumer(1))}))});
    CHECK(which(table, "/rooms/1") == 0);
    CHECK(which(table, "/room") == 1);
    CHECK(table.routes()[0].pattern == "/rooms/<int:pk>");
}

TEST_CASE("the route declared first wins, whatever its form", "[routing][route_table]") {
    const RouteTable converter_last(Router{path("new/", consumer(0)), path("<str:name>/", consumer(1))});
    CHECK(which(converter_last, "/new/") == 0);
    CHECK(which(converter_last, "/old/") == 1);

    const RouteTable deeper(Router{path("<str:a>/x/", consumer(0)), path("b/<str:c>/", consumer(1)),
                                   path("<slug:a>/<int:n>/", consumer(2)), path("<path:rest>", consumer(3))});
    CHECK(which(deeper, "/b/x/") == 0);
    CHECK(which(deeper, "/b/y/") == 1);
    CHECK(which(deeper, "/b/7/") == 1);
    CHECK(which(deeper, "/c/7/") == 2);
    CHECK(which(deeper, "/c/y/") == 3);
    CHECK(which(deeper, "/c/y/z/") == 3);
    CHECK(which(deeper, "/") == -1);

    const RouteTable included(Router{path("", chanx::include(Router{path("<slug:s>/", consumer(0))})),
                                     path("<str:s>/", consumer(1))});
    CHECK(which(included, "/a/") == 0);
    CHECK(which(included, "/a.b/") == 1);
}

TEST_CASE("a wrong turn is taken back and leaves no parameter behind", "[routing][route_table]") {
    const RouteTable table(Router{path("<int:a>/<int:b>/x", consumer(0)),
                                  path("<int:c>/<slug:d>/y", consumer(1)),
                                  path("<str:e>/<str:f>/z", consumer(2))});
    const auto match = table.match_websocket("/1/2/z");
    REQUIRE(match);
    CHECK(match->params.size() == 2);
    CHECK(match->params.get<std::string>("e") == "1");
    CHECK(match->params.get<std::string>("f") == "2");
    CHECK(table.match_websocket("/1/2/y")->params.get<std::int64_t>("c") == 1);
    CHECK(table.match_websocket("/1/2/y")->params.get<std::string>("d") == "2");
}

TEST_CASE("each parameter is decoded and an encoded slash separates nothing", "[routing][route_table]") {
    const RouteTable table(Router{path("s/<str:v>/", consumer(0)), path("s/<str:v>/<str:w>/", consumer(1)),
                                  path("f/<path:v>", consumer(2))});
    const auto text = [&](std::string_view raw) {
        const auto match = table.match_websocket(raw);
        return match ? match->params.get<std::string>("v") : std::string("no match");
    };
    CHECK(text("/s/caf%C3%A9/") == "caf\xc3\xa9");
    CHECK(text("/%73/a+b%20c/") == "a+b c");
    CHECK(text("/s/a%2Fb/") == "no match");
    CHECK(text("/s/%2e%2f/") == "no match");
    CHECK(text("/s%2Fa/") == "no match");
    CHECK(text("/f/a%2Fb/c") == "a/b/c");
    CHECK(text("/f/%2Fetc/passwd") == "no match");
    CHECK(text("/f//etc/passwd") == "no match");
    for (const char* bad :
         {"/s/%ff/", "/s/%c3/", "/s/%ed%a0%80/", "/s/%/", "/s/%4/", "/s/%00/", "/f/a/%ff", "/f/%0a"}) {
        INFO(bad);
        CHECK(text(bad) == "no match");
    }
}

TEST_CASE("every converter matches in its place", "[routing][route_table]") {
    const RouteTable table(Router{path("a/<uuid:v>", consumer(0)), path("a/<int:v>", consumer(1)),
                                  path("a/<slug:v>", consumer(2)), path("a/<str:v>", consumer(3))});
    CHECK(which(table, "/a/01234567-89ab-cdef-0123-456789abcdef") == 0);
    CHECK(which(table, "/a/17") == 1);
    CHECK(which(table, "/a/99999999999999999999") == 2);
    CHECK(which(table, "/a/x.y") == 3);
}

TEST_CASE("HTTP routes are told apart by their methods", "[routing][route_table]") {
    const auto get = make_endpoint();
    const auto post = make_endpoint();
    const auto head = make_endpoint();
    const RouteTable table(Router{path("rooms/", http("GET", get)), path("rooms/", http("POST", post)),
                                  path("own/", http("HEAD", head)), path("own/", http("GET", get)),
                                  path("ws/", consumer()), path("<int:pk>/", http("DELETE", post))});
    const auto endpoint = [&](std::string_view method, std::string_view raw) -> const void* {
        const auto result = table.match_http(method, raw);
        const auto* match = std::get_if<RouteTable::HttpMatch>(&result);
        return match ? match->endpoint : nullptr;
    };
    CHECK(endpoint("GET", "/rooms/") == get.get());
    CHECK(endpoint("POST", "/rooms/") == post.get());
    CHECK(endpoint("HEAD", "/rooms/") == get.get());
    CHECK(endpoint("HEAD", "/own/") == head.get());
    const auto refused = table.match_http("PUT", "/rooms/");
    REQUIRE(std::holds_alternative<RouteTable::MethodNotAllowed>(refused));
    CHECK(std::get<RouteTable::MethodNotAllowed>(refused).joined() == "GET, HEAD, POST");
    CHECK(std::get<RouteTable::MethodNotAllowed>(table.match_http("get", "/own/")).joined() == "HEAD, GET");
    CHECK(std::get<RouteTable::MethodNotAllowed>(table.match_http("HEAD", "/7/")).joined() == "DELETE");
    CHECK(std::holds_alternative<RouteTable::NotFound>(table.match_http("GET", "/ws/")));
    CHECK(std::holds_alternative<RouteTable::NotFound>(table.match_http("GET", "/none/")));
    CHECK(std::holds_alternative<RouteTable::NotFound>(table.match_http("GET", "rooms/")));
    CHECK(which(table, "/rooms/") == -1);
    CHECK(which(table, "/ws/") == 0);
    const auto removed = table.match_http("DELETE", "/7/");
    CHECK(std::get<RouteTable::HttpMatch>(removed).params.get<std::int64_t>("pk") == 7);
}

TEST_CASE("all routes are listed in declaration order", "[routing][route_table]") {
    const RouteTable table(
        Router{path("ws/<int:pk>/", consumer(1)),
               path("api/", chanx::include(Router{path("<slug:s>/<path:p>", http("PUT"))}))});
    REQUIRE(table.routes().size() == 2);
    const chanx::RouteInfo& first = table.routes()[0];
    CHECK(first.pattern == "/ws/<int:pk>/");
    CHECK(first.kind == chanx::RouteInfo::Kind::websocket);
    CHECK(first.consumer == consumer_type(1));
    CHECK(first.method.empty());
    const chanx::RouteInfo& second = table.routes()[1];
    CHECK(second.pattern == "/api/<slug:s>/<path:p>");
    CHECK(second.kind == chanx::RouteInfo::Kind::http);
    CHECK(second.method == "PUT");
    CHECK(second.consumer == nullptr);
    REQUIRE(second.params.size() == 2);
    CHECK(second.params[1].name == "p");
    CHECK(second.params[1].converter == "path");
}

TEST_CASE("a route that is there twice stops the start", "[routing][route_table]") {
    CHECK(build_error(Router{path("a/", consumer(0)), path("a/", consumer(1))}) ==
          "chanx: the route websocket \"/a/\" is there twice");
    CHECK_THAT(build_error(Router{path("a/", chanx::include(Router{path("b", consumer())})),
                                  path("a/b", consumer())}),
               containing("is there twice"));
    CHECK(build_error(Router{path("a/", http("GET")), path("a/", http("POST")), path("a/", consumer())}) ==
          "nothing was thrown");
}

TEST_CASE("routes that are never reached are found", "[routing][route_table]") {
    CHECK(order_warnings(Router{path("<int:a>/", http("GET")), path("<int:b>/", http("GET"))}) ==
          "GET \"/<int:a>/\" hides GET \"/<int:b>/\"");
    for (const Router& bad : {
             Router{path("<str:a>/", consumer()), path("new/", consumer())},
             Router{path("<str:a>/", consumer()), path("<slug:b>/", consumer())},
             Router{path("<slug:a>/x", consumer()), path("<int:b>/x", consumer())},
             Router{path("<slug:a>", consumer()), path("<uuid:b>", consumer())},
             Router{path("<path:a>", consumer()), path("x/<int:b>/", consumer())},
             Router{path("<path:a>", consumer()), path("<path:b>", consumer())},
             Router{path("x/<path:a>", consumer()), path("x/y", consumer())},
         }) {
        const RouteTable table(bad);
        REQUIRE(table.overlaps().size() == 1);
        CHECK(table.overlaps()[0].unreachable);
        CHECK(table.overlaps()[0].first == 0);
        CHECK(table.overlaps()[0].second == 1);
    }
}

TEST_CASE("what the order of routes is for is no overlap", "[routing][route_table]") {
    for (const Router& good : {
             Router{path("new/", consumer()), path("<str:a>/", consumer())},
             Router{path("<int:a>/", consumer()), path("<slug:b>/", consumer())},
             Router{path("<slug:a>/", consumer()), path("x", consumer())},
             Router{path("<int:a>/", consumer()), path("x/", consumer())},
             Router{path("<int:a>/", consumer()), path("<uuid:x>/", consumer())},
             Router{path("a/", http("GET")), path("a/", http("POST")), path("a/", consumer())},
             Router{path("<str:x>/", http("GET")), path("a/", http("POST")), path("a/", consumer())},
             Router{path("x/<path:a>", consumer()), path("x/", consumer()), path("x", consumer())},
             Router{path("<str:a>/x", consumer()), path("<str:a>/y", consumer())},
             Router{path("a/b/<int:n>", consumer()), path("a/<path:rest>", consumer())},
         }) {
        CHECK(order_warnings(good).empty());
    }
}

TEST_CASE("expressions that take the path of a segment route are reported", "[routing][route_table]") {
    using chanx::re_path;
    CHECK(order_warnings({re_path("(?P<a>[a-z]+)/", consumer()), path("new/", consumer())}) ==
          "websocket \"/(?P<a>[a-z]+)/\" hides websocket \"/new/\"");
    CHECK(order_warnings({re_path("(?P<a>[0-9]+)/", consumer()), path("<slug:s>/", consumer())}) ==
          "websocket \"/(?P<a>[0-9]+)/\" overlaps websocket \"/<slug:s>/\" at /1/");
    CHECK(order_warnings({path("<slug:s>/", consumer()), re_path("(?P<a>[0-9]+)/", consumer())}) ==
          "websocket \"/<slug:s>/\" overlaps websocket \"/(?P<a>[0-9]+)/\" at /1/");
    CHECK(order_warnings({path("new/", consumer()), re_path("(?P<a>[a-z]+)/", consumer())}).empty());
    CHECK(order_warnings({path("<int:n>/x", consumer()), re_path("(?P<a>[a-z]+)/x", consumer())}).empty());
    CHECK(order_warnings({re_path(".*", http("GET")), path("new/", http("POST")), path("a/", consumer())})
              .empty());
}

TEST_CASE("overlaps are counted and a bounded number is kept", "[routing][route_table]") {
    Router router{path("<str:any>/", consumer())};
    for (int i = 0; i < 60; ++i) router.add(Route(RuntimePattern("p" + std::to_string(i) + "/"), consumer()));
    const RouteTable table(router);
    CHECK(table.overlap_count() == 60);
    CHECK(table.overlaps().size() == RouteTable::max_overlaps);
}

TEST_CASE("a start mentions routes whose parameters multiply the steps", "[routing][route_table]") {
    Router router{path("end", consumer())};
    for (int depth = 0; depth < 11; ++depth) {
        const std::string param = "<str:p" + std::to_string(depth) + ">/";
        router =
            Router{path("a/", chanx::include(router)), path(RuntimePattern(param), chanx::include(router))};
    }
    const RouteTable table(router);
    CHECK(table.max_steps() > 4096);
    LogCapture log;
    table.log_warnings();
    CHECK(log.count("routes with parameters multiply the work of matching a path") == 1);
    CHECK(log.count("more routes overlap") == 1);
    CHECK(log.count("routes overlap: the first is taken") + log.count("route can never be reached") ==
          RouteTable::max_overlaps);
}

TEST_CASE("an overlap is reported with a path that both routes take", "[routing][route_table]") {
    const auto check = [](const Router& router, std::string_view expected) {
        CHECK(order_warnings(router) == expected);
        const RouteTable table(router);
        for (const auto& overlap : table.overlaps()) CHECK(table.match_websocket(overlap.path));
    };
    check({path("<str:a>/x/", consumer()), path("b/<str:c>/", consumer())},
          "websocket \"/<str:a>/x/\" overlaps websocket \"/b/<str:c>/\" at /b/x/");
    check({path("b/<str:c>/", consumer()), path("<str:a>/x/", consumer())},
          "websocket \"/b/<str:c>/\" overlaps websocket \"/<str:a>/x/\" at /b/x/");
    check({path("<int:a>/<str:b>", consumer()), path("<str:a>/<int:b>", consumer())},
          "websocket \"/<int:a>/<str:b>\" overlaps websocket \"/<str:a>/<int:b>\" at /1/1");
    check({path("<int:a>/<path:rest>", consumer()), path("<str:a>/x/<uuid:c>", consumer())},
          "websocket \"/<int:a>/<path:rest>\" overlaps websocket \"/<str:a>/x/<uuid:c>\" at "
          "/1/x/01234567-89ab-cdef-0123-456789abcdef");
    check({path("<str:a>/x/<uuid:c>", consumer()), path("<int:a>/<path:rest>", consumer())},
          "websocket \"/<str:a>/x/<uuid:c>\" overlaps websocket \"/<int:a>/<path:rest>\" at "
          "/1/x/01234567-89ab-cdef-0123-456789abcdef");
}

TEST_CASE("wiring that makes no sense stops the start", "[routing][route_table]") {
    CHECK_THAT(build_error(Router{path("", chanx::detail::ConsumerTarget{})}), containing("has no consumer"));
    CHECK_THAT(build_error(Router{path("", chanx::detail::HttpTarget{"GET", nullptr})}),
               containing("has no handler"));
    CHECK_THAT(build_error(Router{path("", http("GE T"))}), containing("\"GE T\", which is none"));
    CHECK_THAT(build_error(Router{path("", chanx::detail::RouterTarget{})}), containing("includes no router"));
    CHECK_THAT(build_error(endless()), containing("does a router include itself?"));
    const auto nested = [](chanx::PathPattern prefix, chanx::PathPattern pattern) {
        return build_error(Router{path(prefix, chanx::include(Router{path(pattern, consumer())}))});
    };
    CHECK_THAT(nested("<int:pk>/", "<str:pk>/"), containing("has two parameters named pk"));
    CHECK_THAT(nested("<int:pk>", "x/"), containing("doesn't fill its segment"));
    CHECK_THAT(nested("x", "<int:pk>/"), containing("doesn't fill its segment"));
    CHECK_THAT(nested("<path:p>", "x"), containing("after a path converter"));
    CHECK_THAT(nested(".well", "x"), containing("nothing was thrown"));
    CHECK_THAT(nested("<path:p>", ""), containing("nothing was thrown"));

    const auto behind = [](chanx::PathPattern prefix, chanx::RegexPattern expression, chanx::Target target) {
        return build_error(Router{path(prefix, chanx::include(Router{chanx::re_path(expression, target)}))});
    };
    CHECK(behind("", "a(?:", consumer()) ==
          "chanx: the re_path \"a(?:\" is no regular expression of RE2, at position 1: missing ): a(?:");
    CHECK_THAT(behind("<int:n>/", "(?P<n>a)", consumer()), containing("has two parameters named n"));
    CHECK_THAT(behind("", "(?P<n>a)|(?P<n>b)", consumer()), containing("has two parameters named n"));
    CHECK_THAT(behind("x", "y", consumer()), containing("begins inside a segment: end the prefix in a slash"));
    CHECK_THAT(behind("<int:n>", "y", consumer()), containing("begins inside a segment"));
    CHECK_THAT(behind("a/", "b/", chanx::include(Router{})),
               containing("put the re_path into the included router"));
    CHECK_THAT(build_error(Router{chanx::re_path("x", consumer()), chanx::re_path("x", consumer(1))}),
               containing("is there twice"));
    std::string many;
    for (int i = 0; i < 33; ++i) many += "<int:p" + std::to_string(i) + ">/";
    CHECK_THAT(build_error(Router{Route(RuntimePattern(many), consumer())}),
               containing("has more than 32 parameters"));
    std::string deep;
    for (int i = 0; i < 256; ++i) deep += "a/";
    CHECK_THAT(build_error(Router{Route(RuntimePattern(deep), consumer())}),
               containing("has more than 256 segments"));
}

TEST_CASE("long and odd paths are walked no further than the routes go", "[routing][route_table]") {
    const RouteTable table(Router{path("<str:a>/<str:b>/", consumer(0)), path("a/<path:p>", consumer(1))});
    CHECK(which(table, std::string(100'000, '/')) == -1);
    std::string deep;
    for (int i = 0; i < 20'000; ++i) deep += "/b";
    CHECK(which(table, deep) == -1);
    CHECK(which(table, "/a" + deep) == 1);
    const std::string value(100'000, 'v');
    CHECK(which(table, "/x/" + value + "/") == 0);
}

TEST_CASE("two thousand routes are told apart", "[routing][route_table]") {
    // Patterns are literals, so many routes come from many prefixes that nest: 2^11 of them.
    Router router{path("end", consumer(1))};
    for (int depth = 0; depth < 11; ++depth) {
        Router next{path("a/", chanx::include(router)), path("b/", chanx::include(router))};
        router = next;
    }
    const RouteTable table(router);
    CHECK(table.routes().size() == 2048);
    CHECK(which(table, "/a/b/a/b/a/b/a/b/a/b/a/end") == 1);
    CHECK(which(table, "/a/b/a/b/a/b/a/b/a/b/c/end") == -1);
}
