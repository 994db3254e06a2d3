#include "consumer/token_bucket.hpp"

#include "support/catch.hpp"

using chanx::RateLimit;
using chanx::detail::Duration;
using chanx::detail::TimePoint;
using chanx::detail::TokenBucket;
using namespace std::chrono_literals;

namespace {

constexpr Duration none = Duration::zero();

/// How many are taken at once.
std::size_t takes(TokenBucket& bucket, TimePoint now, const RateLimit& limit, std::size_t tries) {
    std::size_t taken = 0;
    while (tries-- > 0) taken += bucket.take(now, limit) == none ? 1 : 0;
    return taken;
}

}  // namespace

TEST_CASE("a bucket gives its burst at once and then its rate", "[limits]") {
    const RateLimit limit{.per_second = 4, .burst = 3};
    TokenBucket bucket;
    TimePoint now{10s};
    CHECK(takes(bucket, now, limit, 10) == 3);
    CHECK(bucket.take(now, limit) == 250ms);
    CHECK(bucket.take(now + 100ms, limit) == 150ms);
    CHECK(bucket.take(now + 250ms, limit) == none);
    CHECK(bucket.take(now + 250ms, limit) == 250ms);
    CHECK(takes(bucket, now + 1000ms, limit, 10) == 3);
    // However long it was left alone, no more than the burst.
    CHECK(takes(bucket, now + 1h, limit, 10) == 3);
}

TEST_CASE("a bucket is full when its burst is there again", "[limits]") {
    const RateLimit limit{.per_second = 2, .burst = 5};
    TokenBucket bucket;
    CHECK(bucket.full(TimePoint{}));
    CHECK(takes(bucket, TimePoint{1s}, limit, 5) == 5);
    CHECK_FALSE(bucket.full(TimePoint{3499ms}));
    CHECK(bucket.full(TimePoint{3500ms}));
}

TEST_CASE("bursts fit whatever the rate is", "[limits]") {
    for (const double rate : {1e-12, 0.001, 0.3, 1.0, 3.0, 7.7, 999.9, 1e6, 1e9}) {
        TokenBucket bucket;
        INFO(rate);
        CHECK(takes(bucket, TimePoint{5s}, {.per_second = rate, .burst = 1000}, 1000) == 1000);
    }
    TokenBucket slow;
    const RateLimit once{.per_second = 1e-12, .burst = 1};
    CHECK(slow.take(TimePoint{1s}, once) == none);
    CHECK(slow.take(TimePoint{1s}, once) > 24h);
    CHECK(TokenBucket().take(TimePoint{1s}, {.per_second = 1, .burst = 0}) == 1s);
}

TEST_CASE("a time that goes back takes nothing away and gives nothing", "[limits]") {
    const RateLimit limit{.per_second = 1, .burst = 2};
    TokenBucket bucket;
    CHECK(takes(bucket, TimePoint{100s}, limit, 5) == 2);
    CHECK(takes(bucket, TimePoint{50s}, limit, 5) == 0);
    CHECK(takes(bucket, TimePoint{101s}, limit, 5) == 1);
}
