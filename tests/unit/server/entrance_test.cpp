#include "server/entrance.hpp"

#include "support/catch.hpp"

using chanx::detail::ApplicationCore;
using chanx::detail::Entrance;
using chanx::detail::Refusal;

TEST_CASE("a connection gets a place, or the reason why there is none, before it has said anything",
          "[server]") {
    ApplicationCore core(chanx::Router{}, {.max_connections = 3, .max_connections_per_address = 1});
    const auto one = Entrance::of(core, "203.0.113.7");
    CHECK(one.place);
    CHECK_FALSE(one.refusal);
    const auto again = Entrance::of(core, "203.0.113.7");
    CHECK_FALSE(again.place);
    CHECK(again.refusal == Refusal::address);
    const auto two = Entrance::of(core, "127.0.0.1");
    const auto three = Entrance::of(core, "127.0.0.1");
    CHECK(three.place);
    CHECK(Entrance::of(core, "203.0.113.8").refusal == Refusal::connections);
    CHECK(core.connections().size() == 3);
    core.start_draining();
    CHECK(Entrance::of(core, "203.0.113.8").refusal == Refusal::draining);
}

TEST_CASE("what is refused says why and when to come back", "[server]") {
    for (const auto& [reason, word] :
         {std::pair{Refusal::connections, "as many connections as it takes"},
          std::pair{Refusal::address, "from this address"}, std::pair{Refusal::draining, "about to stop"},
          std::pair{Refusal::pending, "busy"}}) {
        const auto response = ApplicationCore::busy(reason);
        CHECK(response.status() == 503);
        CHECK(response.body().find(word) != std::string_view::npos);
        CHECK(response.header("Retry-After") == "5");
    }
}
