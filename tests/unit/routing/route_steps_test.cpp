#include "routing/route_matcher.hpp"
#include "routing/route_table.hpp"
#include "support/catch.hpp"
#include "unit/routing/runtime_pattern.hpp"

#include <chanx/consumer/consumer_type.hpp>

namespace {

using chanx::path;
using chanx::Router;
using chanx::detail::RouteTable;

const chanx::detail::ConsumerType consumer_type{};
chanx::Target consumer() {
    return chanx::detail::ConsumerTarget{&consumer_type};
}

std::size_t steps_of(const RouteTable& table, std::string_view raw_path) {
    std::size_t steps = 0;
    table.match_websocket(raw_path, &steps);
    return steps;
}

}  // namespace

TEST_CASE("ten thousand segment routes take no more steps than ten", "[routing][route_matcher]") {
    const auto make = [](std::size_t count) {
        Router router{};
        for (std::size_t i = 0; i < count / 10; ++i) {
            const std::string section = "section" + std::to_string(i) + "/";
            for (const char* view : {"", "a", "b", "c", "<int:id>/", "<int:id>/a", "<int:id>/b",
                                     "<slug:key>/a", "<slug:key>/b", "<slug:key>/c/<path:rest>"})
                router.add(path(RuntimePattern(section + view), consumer()));
        }
        router.add(path("<slug:user>/profile/", consumer()));
        return RouteTable(router);
    };
    const RouteTable small = make(10);
    const RouteTable large = make(10'000);
    REQUIRE(large.routes().size() == 10'001);
    for (const char* rest : {"", "a", "9/", "9/a", "key/b", "key/c/d/e/f", "nothing", "9/9/9", "key/none"}) {
        const std::size_t few = steps_of(small, std::string("/section0/") + rest);
        for (const char* section : {"/section0/", "/section500/", "/section999/"}) {
            INFO(section << rest);
            CHECK(steps_of(large, std::string(section) + rest) == few);
        }
    }
    CHECK(steps_of(large, "/somebody/profile/") == steps_of(small, "/somebody/profile/"));
    CHECK(large.max_steps() == small.max_steps());
    CHECK(large.max_steps() < 16);
}

TEST_CASE("steps grow with the path's length in proportion", "[routing][route_matcher]") {
    // A parameter or a literal at each depth, and ends at all of them: 200 routes.
    Router router{};
    std::string prefix;
    for (std::size_t depth = 0; depth < 100; ++depth) {
        router.add(path(RuntimePattern(prefix + "end"), consumer()));
        router.add(path(RuntimePattern(prefix + "<int:last>"), consumer()));
        prefix += "a/";
    }
    const RouteTable table(router);
    const auto steps_at = [&](std::size_t depth) {
        std::string raw = "/";
        for (std::size_t i = 0; i < depth; ++i) raw += "a/";
        return steps_of(table, raw + "7");
    };
    const std::size_t ten = steps_at(10);
    CHECK(steps_at(20) - ten == steps_at(30) - steps_at(20));
    CHECK(steps_at(90) <= 9 * ten + 9);
    CHECK(steps_at(5'000) <= table.max_steps());
}
