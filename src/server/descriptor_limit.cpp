#include "server/descriptor_limit.hpp"

#include <chanx/logging.hpp>

#include <sys/resource.h>

#include <limits>

namespace chanx::detail {

namespace {

std::size_t size_of(rlim_t limit) noexcept {
    return limit == RLIM_INFINITY ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(limit);
}

}  // namespace

std::size_t descriptor_limit() noexcept {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? size_of(limit.rlim_cur) : 0;
}

std::size_t raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur != limit.rlim_max) {
        const rlim_t before = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max;
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
    }
    return size_of(limit.rlim_cur);
}

void check_descriptor_limit(std::size_t limit, std::size_t max_connections) {
    if (limit >= max_connections && limit - max_connections >= descriptor_reserve) return;
    log(LogLevel::warn, "descriptors may run out before max_connections is reached",
        {{"limit", limit},
         {"max_connections", max_connections},
         {"needed", max_connections + descriptor_reserve},
         {"then", "new connections wait until others have ended"},
         {"advice", "raise the hard limit (ulimit -Hn, LimitNOFILE= of systemd) or lower max_connections"}});
}

}  // namespace chanx::detail
