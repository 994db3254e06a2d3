#include "routing/route_matcher.hpp"

#include "routing/route_table.hpp"
#include "support/catch.hpp"
#include "unit/routing/runtime_pattern.hpp"

#include <chanx/consumer/consumer_type.hpp>

#include <cstdio>
#include <map>
#include <random>
#include <set>

namespace {

using chanx::path;
using chanx::Router;
using chanx::detail::RouteTable;

const chanx::detail::ConsumerType consumers[64] = {};
chanx::Target consumer(std::size_t index = 0) {
    return chanx::detail::ConsumerTarget{&consumers[index]};
}

bool is_hex(std::string_view text) {
    return !text.empty() && text.size() <= 8 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
struct Hex {
    static constexpr std::string_view name = "hex";
    static std::optional<std::uint32_t> parse(std::string_view text) {
        if (!is_hex(text)) return std::nullopt;
        return static_cast<std::uint32_t>(std::stoul(std::string(text), nullptr, 16));
    }
    static std::string format(std::uint32_t value) {
        char text[9];
        std::snprintf(text, sizeof text, "%x", value);
        return text;
    }
};

// What follows is the specification of matching, written as plainly as can be: each route in its turn, each
// segment in its turn.

using Taken = std::map<std::string, std::string>;

/// A path's segment as sent, and what it decodes to.
struct PathPiece {
    std::string raw;
    std::optional<std::string> text;
};

/// Expressions, and the same by hand.
struct Expression {
    chanx::RegexPattern pattern;
    bool (*match)(std::string_view text, Taken& taken);
};
const Expression expressions[] = {
    {"(?P<x>[a-c]+)/(?P<y>.*)",
     [](std::string_view text, Taken& taken) {
         const std::size_t slash = text.find('/');
         if (slash == 0 || slash == std::string_view::npos) return false;
         if (text.substr(0, slash).find_first_not_of("abc") != std::string_view::npos) return false;
         taken["x"] = text.substr(0, slash);
         taken["y"] = text.substr(slash + 1);
         return true;
     }},
    {"^a(?:/(?P<z>[0-9]+))?$",
     [](std::string_view text, Taken& taken) {
         if (text == "a") return true;
         if (!text.starts_with("a/") || text.size() == 2) return false;
         if (text.find_first_not_of("0123456789", 2) != std::string_view::npos) return false;
         taken["z"] = text.substr(2);
         return true;
     }},
    {".*/", [](std::string_view text, Taken&) { return text.ends_with('/'); }},
};

struct PlainRoute {
    /// Literals, or parameters in angle brackets.
    std::vector<std::string> segments;
    /// In place of the last segment and all that follows.
    const Expression* expression = nullptr;

    std::string text() const {
        std::string joined;
        for (const auto& segment : segments) joined += (joined.empty() ? "" : "/") + segment;
        return joined;
    }
};

bool takes(std::string_view converter, std::string_view text) {
    const auto only = [&](std::string_view set) {
        return !text.empty() && text.find_first_not_of(set) == std::string_view::npos;
    };
    if (converter == "int") return only("0123456789");
    if (converter == "slug") return only("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
    if (converter == "str") return !text.empty() && text.find('/') == std::string_view::npos;
    if (converter == "hex") return is_hex(text);
    return converter == "path" && !text.empty() && !text.starts_with('/');
}

/// Everything from a depth on, or nothing if it doesn't decode (or holds a slash, where that matters).
std::optional<std::string> rest_of(const std::vector<PathPiece>& pieces, std::size_t depth, bool plain) {
    std::string rest;
    for (std::size_t i = depth; i < pieces.size(); ++i) {
        if (!pieces[i].text || (plain && pieces[i].text->find('/') != std::string::npos)) return std::nullopt;
        rest += (i > depth ? "/" : "") + *pieces[i].text;
    }
    return rest;
}

bool matches(const PlainRoute& route, const std::vector<PathPiece>& pieces, Taken& taken) {
    const std::size_t count = route.segments.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (i >= pieces.size()) return false;
        const std::string& segment = route.segments[i];
        if (segment.empty() || segment.front() != '<') {
            if (pieces[i].text != segment) return false;
            continue;
        }
        const std::size_t colon = segment.find(':');
        const std::string converter = segment.substr(1, colon - 1);
        const std::string name = segment.substr(colon + 1, segment.size() - colon - 2);
        const auto text = converter == "path" ? rest_of(pieces, i, false) : pieces[i].text;
        if (!text || !takes(converter, *text)) return false;
        taken[name] = *text;
        if (converter == "path") return true;
    }
    if (!route.expression) return pieces.size() == count;
    if (pieces.size() == count) return false;
    const auto rest = rest_of(pieces, count, true);
    return rest && route.expression->match(*rest, taken);
}

/// Which route takes the path and with what, in words.
std::string expected(const std::vector<PlainRoute>& routes, const std::vector<PathPiece>& pieces) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
        Taken taken;
        if (!matches(routes[i], pieces, taken)) continue;
        std::string text = std::to_string(i);
        for (const auto& [name, value] : taken) text += " " + name + "=" + value;
        return text;
    }
    return "none";
}

std::string actual(const RouteTable& table, std::string_view raw_path) {
    const auto match = table.match_websocket(raw_path);
    if (!match) return "none";
    std::string text = std::to_string(match->consumer - consumers);
    Taken taken;
    for (const auto& param : match->params) {
        std::string& value = taken[std::string(param.name)];
        if (const auto* number = std::get_if<std::int64_t>(&param.value)) {
            value = std::to_string(*number);
        } else if (const auto* words = std::get_if<std::string>(&param.value)) {
            value = *words;
        } else {
            value = Hex::format(match->params.get<std::uint32_t>(param.name));
        }
    }
    for (const auto& [name, value] : taken) text += " " + name + "=" + value;
    return text;
}

class Dice {
  public:
    explicit Dice(std::uint32_t seed) : engine_(seed) {}
    std::size_t below(std::size_t bound) { return engine_() % bound; }
    bool one_in(std::size_t bound) { return below(bound) == 0; }

  private:
    std::mt19937 engine_;
};

PlainRoute random_route(Dice& dice) {
    static const char* const converters[] = {"int", "slug", "str", "hex"};
    PlainRoute route;
    const std::size_t count = 1 + dice.below(4);
    for (std::size_t i = 0; i < count; ++i) {
        if (dice.one_in(2)) {
            route.segments.push_back(std::string(1, "abc1"[dice.below(4)]));
        } else {
            route.segments.push_back("<" + std::string(converters[dice.below(4)]) + ":p" + std::to_string(i) +
                                     ">");
        }
    }
    if (dice.one_in(5)) {
        route.expression = &expressions[dice.below(std::size(expressions))];
    } else if (dice.one_in(4)) {
        route.segments.push_back("<path:rest>");
    } else if (dice.one_in(2)) {
        route.segments.emplace_back();  // a slash at the end
    }
    return route;
}

std::vector<PathPiece> random_path(Dice& dice) {
    static const PathPiece pieces[] = {{"a", "a"},
                                       {"a", "a"},
                                       {"b", "b"},
                                       {"c", "c"},
                                       {"1", "1"},
                                       {"1", "1"},
                                       {"23", "23"},
                                       {"f0", "f0"},
                                       {"%61", "a"},
                                       {"a%2Fb", "a/b"},
                                       {"%2f", "/"},
                                       {"", ""},
                                       {"%ff", {}},
                                       {"x.y", "x.y"},
                                       {"%zz", {}},
                                       {"%C3%A9", "\xc3\xa9"},
                                       {"a%00b", {}},
                                       {"-_", "-_"},
                                       {"99999999999", "99999999999"}};
    std::vector<PathPiece> path;
    const std::size_t count = 1 + dice.below(6);
    for (std::size_t i = 0; i < count; ++i) {
        // Most of them ordinary, so that something matches.
        path.push_back(pieces[dice.one_in(4) ? dice.below(std::size(pieces)) : dice.below(7)]);
    }
    if (dice.one_in(3)) path.push_back({"", ""});
    return path;
}

/// The route in a router, sometimes behind an include.
chanx::Route wired(const PlainRoute& route, std::size_t index, Dice& dice) {
    const chanx::detail::ConverterList converters = chanx::detail::Converters<Hex>::list;
    if (route.expression) {
        return path(RuntimePattern(route.text() + "/", converters),
                    chanx::include(Router{chanx::re_path(route.expression->pattern, consumer(index))}));
    }
    const std::string text = route.text();
    const std::size_t slash = text.find('/');
    if (slash != std::string::npos && dice.one_in(2)) {
        return path(RuntimePattern(text.substr(0, slash + 1), converters),
                    chanx::include(
                        Router{path(RuntimePattern(text.substr(slash + 1), converters), consumer(index))}));
    }
    return path(RuntimePattern(text, converters), consumer(index));
}

}  // namespace

TEST_CASE("random routes are matched as one after another would be", "[routing][route_matcher]") {
    std::size_t matched = 0;
    std::size_t by_expression = 0;
    for (std::uint32_t seed = 1; seed <= 120; ++seed) {
        Dice dice(seed);
        std::vector<PlainRoute> routes;
        std::set<std::string> seen;
        Router router{};
        const std::size_t count = 1 + dice.below(30);
        for (std::size_t i = 0; i < count; ++i) {
            PlainRoute route = random_route(dice);
            const std::string key =
                route.text() + (route.expression ? "/" + std::string(route.expression->pattern.text()) : "");
            if (!seen.insert(key).second) continue;
            router.add(wired(route, routes.size(), dice));
            routes.push_back(std::move(route));
        }
        const RouteTable table(router);
        for (int i = 0; i < 60; ++i) {
            const auto pieces = random_path(dice);
            std::string raw;
            for (const auto& piece : pieces) raw += '/' + piece.raw;
            const std::string found = actual(table, raw);
            const std::string wanted = expected(routes, pieces);
            if (found != wanted) {
                INFO("seed " << seed << ", path " << raw);
                for (const auto& info : table.routes()) UNSCOPED_INFO(info.pattern);
                REQUIRE(found == wanted);
            }
            if (wanted == "none") continue;
            ++matched;
            if (routes[std::stoul(wanted)].expression) ++by_expression;
        }
    }
    // The test tests something.
    CHECK(matched > 2000);
    CHECK(by_expression > 100);
}

TEST_CASE("hostile paths match or don't, and that is all", "[routing][route_matcher]") {
    const RouteTable table(
        Router{path("a/<int:n>/<str:s>", consumer(0)), path("<slug:s>/<uuid:u>/", consumer(1)),
               chanx::re_path("(?P<any>(?:[a-z]|%)*)/.*", consumer(2)),
               path<Hex>("h/<hex:h>/<path:p>", consumer(3)), path("<str:s>/<path:rest>", consumer(4))});
    Dice dice(7);
    std::size_t matched = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string raw = "/";
        const std::size_t size = dice.below(40);
        for (std::size_t j = 0; j < size; ++j) {
            raw += dice.one_in(4) ? static_cast<char>(dice.below(256)) : "/%aff0h19-."[dice.below(11)];
        }
        std::size_t steps = 0;
        const bool websocket = table.match_websocket(raw, &steps).has_value();
        matched += websocket ? 1U : 0U;
        REQUIRE(steps <= table.max_steps());
        REQUIRE(std::holds_alternative<RouteTable::NotFound>(table.match_http("GET", raw)));
    }
    CHECK(matched > 100);
    CHECK(matched < 20'000);
}

TEST_CASE("segment routes and expressions keep the order of their declaration", "[routing][route_matcher]") {
    const auto which = [](const RouteTable& table, std::string_view raw) {
        const auto match = table.match_websocket(raw);
        return match ? match->consumer - consumers : -1;
    };
    const RouteTable table(
        Router{path("a/<int:n>", consumer(0)), chanx::re_path("a/(?P<any>[a-z0-9]+)", consumer(1)),
               path("a/<slug:s>", consumer(2)), chanx::re_path("a/(?P<word>.+)", consumer(3)),
               path("<path:rest>", consumer(4))});
    CHECK(which(table, "/a/1") == 0);
    CHECK(which(table, "/a/x") == 1);
    CHECK(which(table, "/a/x-y") == 2);
    CHECK(which(table, "/a/x.y") == 3);
    CHECK(which(table, "/a/x/y") == 3);
    CHECK(which(table, "/b") == 4);
    CHECK(which(table, "/a/%2F") == 4);
    CHECK(which(table, "/") == -1);
}

TEST_CASE("an expression takes all that the prefixes leave", "[routing][route_matcher]") {
    const RouteTable table(
        Router{path("<int:room>/", chanx::include(Router{chanx::re_path(
                                       "^(?P<year>[0-9]{4})/(?:(?P<month>[0-9]{2})/)?$", consumer())}))});
    const auto both = table.match_websocket("/7/2026/11/");
    REQUIRE(both);
    CHECK(both->params.get<std::int64_t>("room") == 7);
    CHECK(both->params.get<std::string>("year") == "2026");
    CHECK(both->params.get<std::string_view>("month") == "11");
    const auto year = table.match_websocket("/7/2%3026/");
    REQUIRE(year);
    CHECK(year->params.get<std::string>("year") == "2026");
    CHECK_FALSE(year->params.contains("month"));
    for (const char* other : {"/7/2026", "/7/2026/11", "/7/2026/11/x", "/x/2026/", "/7/12026/", "/7/", "/7",
                              "/7/2026%2F", "/7/2026/%ff/", "/7//2026/"}) {
        INFO(other);
        CHECK_FALSE(table.match_websocket(other));
    }
}
