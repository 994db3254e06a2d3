#include "layer/redis/backoff.hpp"

#include "support/catch.hpp"

#include <set>

using chanx::detail::Backoff;
using std::chrono::milliseconds;

TEST_CASE("Waits are random below a bound that doubles up to its own bound, and begins anew", "[redis]") {
    std::set<milliseconds> firsts;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Backoff backoff(milliseconds(100), milliseconds(5'000), seed);
        milliseconds bound(100);
        milliseconds longest(0);
        for (int i = 0; i < 40; ++i) {
            const auto wait = backoff.next();
            if (i == 0) firsts.insert(wait);
            CHECK(wait >= milliseconds(0));
            CHECK(wait <= bound);
            longest = std::max(longest, wait);
            bound = std::min(bound * 2, milliseconds(5'000));
        }
        CHECK(longest > milliseconds(2'500));
        backoff.reset();
        CHECK(backoff.next() <= milliseconds(100));
    }
    CHECK(firsts.size() > 50);
}
