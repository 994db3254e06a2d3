#include "app/refusals.hpp"

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <set>
#include <string>

using chanx::detail::Refusal;

TEST_CASE("refusals are all counted, and logged once in ten seconds for each kind", "[app]") {
    const LogCapture log;
    chanx::detail::Refusals refusals;
    for (int i = 0; i < 1000; ++i) refusals.count(Refusal::address, "203.0.113.7");
    refusals.count(Refusal::host, "evil.example");
    CHECK(refusals.of(Refusal::address) == 1000);
    CHECK(refusals.of(Refusal::host) == 1);
    CHECK(refusals.of(Refusal::user) == 0);
    CHECK(log.count("refused") == 2);
    CHECK(log.line("why=connections_of_address").find("what=203.0.113.7") != std::string::npos);
    CHECK(log.line("why=host").find("times=1") != std::string::npos);
}

TEST_CASE("every refusal has a name of its own", "[app]") {
    std::set<std::string> names;
    for (std::size_t i = 0; i < chanx::refusal_count; ++i) {
        names.emplace(name_of(static_cast<Refusal>(i)));
    }
    CHECK(names.size() == chanx::refusal_count);
    CHECK_FALSE(names.contains("?"));
}
