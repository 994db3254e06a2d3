#include "consumer/user_rates.hpp"

#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <string>

using chanx::RateLimit;
using chanx::detail::Duration;
using chanx::detail::TimePoint;
using chanx::detail::UserRates;
using namespace std::chrono_literals;

namespace {

constexpr RateLimit one_a_second{.per_second = 1, .burst = 1};
constexpr Duration none = Duration::zero();
const int chat = 0;
const int typing = 0;

}  // namespace

TEST_CASE("a user has one bucket for each type over all connections", "[limits]") {
    UserRates rates;
    const TimePoint now{1s};
    CHECK(rates.take("alice", 1, &chat, one_a_second, now) == none);
    CHECK(rates.take("alice", 2, &chat, one_a_second, now) == 1s);
    CHECK(rates.take("alice", 2, &typing, one_a_second, now) == none);
    CHECK(rates.take("alice", 2, nullptr, one_a_second, now) == none);
    CHECK(rates.take("bob", 3, &chat, one_a_second, now) == none);
    CHECK(rates.take("alice", 1, &chat, one_a_second, now + 1s) == none);
    CHECK(rates.size() == 4);
}

TEST_CASE("connections without a user have a bucket each", "[limits]") {
    UserRates rates;
    const TimePoint now{1s};
    CHECK(rates.take("", 1, &chat, one_a_second, now) == none);
    CHECK(rates.take("", 1, &chat, one_a_second, now) == 1s);
    CHECK(rates.take("", 2, &chat, one_a_second, now) == none);
}

TEST_CASE("users whose buckets are full again are forgotten", "[limits]") {
    UserRates rates;
    for (int second = 0; second < 100; ++second) {
        for (int i = 0; i < 1000; ++i) {
            const std::string user = "user " + std::to_string(second) + " " + std::to_string(i);
            REQUIRE(rates.take(user, 1, nullptr, one_a_second, TimePoint{second * 2s}) == none);
        }
    }
    CHECK(rates.size() < 5'000);
}

TEST_CASE("users beyond the bound are not limited until there is room, which is logged", "[limits]") {
    const LogCapture log(chanx::LogLevel::warn);
    UserRates rates;
    const TimePoint now{1s};
    for (std::size_t i = 0; i < UserRates::most + 10'000; ++i) {
        REQUIRE(rates.take("user " + std::to_string(i), 1, nullptr, one_a_second, now) == none);
    }
    CHECK(rates.size() <= UserRates::most);
    CHECK(rates.size() > UserRates::most / 2);
    CHECK(log.count("too many users to limit") >= 1);
    CHECK(log.count("too many users to limit") <= 16);
    // Those who are in it are limited as before, and later there is room again.
    CHECK(rates.take("user 0", 1, nullptr, one_a_second, now) == 1s);
    CHECK(rates.take("late", 1, nullptr, one_a_second, now + 10s) == none);
    CHECK(rates.take("late", 1, nullptr, one_a_second, now + 10s) == 1s);
}
