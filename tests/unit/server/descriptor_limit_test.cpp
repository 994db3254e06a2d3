#include "server/descriptor_limit.hpp"

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <sys/resource.h>

TEST_CASE("the limit of descriptors is raised to the hard one", "[server]") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit low = before;
    low.rlim_cur = before.rlim_max < 256 ? before.rlim_max : 256;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    CHECK(chanx::detail::descriptor_limit() == low.rlim_cur);
    CHECK(chanx::detail::raise_descriptor_limit() == chanx::detail::descriptor_limit());
    rlimit after{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &after) == 0);
    CHECK(after.rlim_cur == before.rlim_max);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("a limit that connections may reach is told, with what to do", "[server]") {
    const LogCapture log;
    chanx::detail::check_descriptor_limit(1512, 1000);
    CHECK(log.count("descriptors") == 0);
    chanx::detail::check_descriptor_limit(1511, 1000);
    CHECK(log.line("descriptors may run out").find("needed=1512") != std::string::npos);
    chanx::detail::check_descriptor_limit(100, 1000);
    CHECK(log.count("descriptors may run out") == 2);
}
