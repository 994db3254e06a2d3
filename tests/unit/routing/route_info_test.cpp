#include <chanx/routing/route_info.hpp>

#include "routing/route_table.hpp"
#include "support/catch.hpp"

#include <chanx/chanx.hpp>
#include <chanx/json/type_info.hpp>

namespace {

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
    static constexpr auto constraints = chanx::constraints(chanx::length(&Say::payload, 1, 40));
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))
struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload, id))

class Talk final : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>,
                                                       chanx::GroupMessages<Said>,
                                                       chanx::OutgoingMessages<chanx::PongMessage>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
class Open final : public chanx::JsonWebsocketConsumer<void> {};
class Untyped final : public chanx::WebsocketConsumer {};

chanx::awaitable<chanx::Response> show(chanx::Request) {
    co_return chanx::Response();
}

const chanx::detail::RouteTable& table() {
    static const chanx::detail::RouteTable routes(chanx::Router{
        chanx::path("talk/<int:pk>/<slug:topic>", chanx::consumer<Talk>(), {.name = "talk"}),
        chanx::path("open/", chanx::consumer<Open>()),
        chanx::path("untyped/", chanx::consumer<Untyped>()),
        chanx::path("old/",
                    chanx::include(chanx::Router{
                        chanx::re_path("(?P<year>[0-9]+)", chanx::get(show), {.name = "year"})}),
                    {.name = "old"}),
    });
    return routes;
}

}  // namespace

TEST_CASE("a route knows its consumer's messages and their fields", "[routing][route_info]") {
    const chanx::RouteInfo& route = table().routes()[0];
    CHECK(route.name == "talk");
    REQUIRE(route.params.size() == 2);
    CHECK(route.params[0].type == "std::int64_t");
    CHECK(route.params[1].type == "std::string");
    REQUIRE(route.info);
    const chanx::ConsumerInfo& info = *route.info;
    CHECK(info.name.ends_with("Talk"));
    CHECK(info.is_json);
    CHECK(info.limits_outgoing);
    REQUIRE(info.incoming.size() == 2);
    CHECK(info.incoming[0].action == "ping");
    CHECK(info.incoming[1].name.ends_with("Say"));
    REQUIRE(info.incoming[1].type);
    REQUIRE(info.incoming[1].type->count == 1);
    CHECK(info.incoming[1].type->fields[0].name == "payload");
    REQUIRE(info.incoming[1].type->fields[0].rule_count == 1);
    CHECK(info.incoming[1].type->fields[0].rules[0].max == 40);
    REQUIRE(info.outgoing.size() == 1);
    CHECK(info.outgoing[0].action == "pong");
    REQUIRE(info.group.size() == 1);
    CHECK(info.group[0].action == "said");
    CHECK(info.group[0].type->count == 2);
}

TEST_CASE("what policies leave open is empty in the listing", "[routing][route_info]") {
    const chanx::ConsumerInfo& open = *table().routes()[1].info;
    CHECK(open.is_json);
    CHECK_FALSE(open.limits_outgoing);
    REQUIRE(open.incoming.size() == 1);
    CHECK(open.outgoing.empty());
    CHECK(open.group.empty());
    const chanx::ConsumerInfo& untyped = *table().routes()[2].info;
    CHECK_FALSE(untyped.is_json);
    CHECK(untyped.name.ends_with("Untyped"));
    CHECK(untyped.incoming.empty());
    const chanx::RouteInfo& year = table().routes()[3];
    CHECK(year.info == nullptr);
    CHECK(year.is_regex);
    CHECK(year.name == "old:year");
    CHECK(year.pattern == "/old/(?P<year>[0-9]+)");
    REQUIRE(year.params.size() == 1);
    CHECK(year.params[0].converter.empty());
}

TEST_CASE("routes are printed as a table", "[routing][route_info]") {
    std::vector<chanx::RouteInfo> routes{table().routes()[0], table().routes()[3]};
    chanx::ConsumerInfo info = *routes[0].info;
    info.name = "Talk";
    routes[0].info = &info;
    const std::string_view expected = R"(
method  path                                                                 name      consumer  messages
WS      /talk/<int:pk>/<slug:topic>  (pk: std::int64_t, topic: std::string)  talk      Talk      in: ping,say  out: pong  group: said
GET     /old/(?P<year>[0-9]+)  (year: std::string)                           old:year
)";
    CHECK(chanx::format_routes(routes) == expected.substr(1));
    CHECK(chanx::format_routes({}) == "method  path  name  consumer  messages\n");
}
