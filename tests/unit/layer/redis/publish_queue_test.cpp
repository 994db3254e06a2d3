#include "layer/redis/publish_queue.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>

using chanx::GroupEvent;
using chanx::detail::PublishQueue;
using chanx::detail::TimePoint;
using std::chrono::seconds;

namespace {

constexpr TimePoint begin{std::chrono::hours(1)};

struct Queued {
    bool push(const std::string& group, std::string body, TimePoint at = begin) {
        return queue.push({GroupEvent::make_message("x", std::move(body), {}, {}), group, at});
    }
    std::string take(std::size_t count, std::size_t bytes = 1'000'000) {
        auto batch = queue.take(count, bytes);
        std::string text;
        for (const auto& item : batch.items) text += item.event->text();
        dropped = std::move(batch.dropped);
        return text;
    }

    PublishQueue queue{{3, 100'000, seconds(10)}};
    std::unordered_map<std::string, std::uint64_t> dropped;
};

}  // namespace

TEST_CASE_METHOD(Queued, "Publications leave in the order in which they came, across groups", "[redis]") {
    CHECK(push("a", "1"));
    CHECK_FALSE(push("b", "2"));
    CHECK_FALSE(push("a", "3"));
    CHECK(take(2) == "12");
    CHECK(take(2) == "3");
    CHECK(queue.take(2, 100).empty());
    CHECK(push("a", "4"));
    CHECK(queue.counts().dropped == 0);
}

TEST_CASE_METHOD(Queued, "At each bound the oldest are dropped, and it is known of which channel",
                 "[redis]") {
    push("a", "1");
    push("b", "2");
    queue.push({GroupEvent::make_recheck("u"), "a", begin});
    push("b", "3");
    push("b", "4");
    push("b", "5");
    CHECK(queue.counts().count == 3);
    CHECK(take(9) == "345");
    CHECK(dropped == std::unordered_map<std::string, std::uint64_t>{{"a", 1}, {"b", 1}, {"~", 1}});
    push("a", std::string(60'000, 'x'));
    push("a", std::string(60'000, 'y'));
    CHECK(queue.counts().count == 1);
    CHECK(queue.counts().bytes < 100'000);
    push("a", std::string(200'000, 'z'));
    CHECK(queue.counts().count == 0);
    CHECK(queue.counts().bytes == 0);
    CHECK(queue.counts().dropped == 6);
}

TEST_CASE_METHOD(Queued, "What Presences lose is no loss of the channel of all", "[redis]") {
    for (int i = 0; i < 4; ++i) queue.push({GroupEvent::make_event("x", "{}"), "~presence:here", begin});
    queue.push({GroupEvent::make_event("x", "{}"), "~session:one", begin});
    queue.push({GroupEvent::make_recheck("u"), "~presence:here", begin});
    for (int i = 0; i < 3; ++i) push("a", "1");
    CHECK(queue.counts().dropped == 6);
    take(9);
    CHECK(dropped == std::unordered_map<std::string, std::uint64_t>{{"~", 2}});
}

TEST_CASE_METHOD(Queued, "What is too old is dropped", "[redis]") {
    push("a", "1", begin);
    push("a", "2", begin + seconds(5));
    queue.drop_older(begin + seconds(10));
    CHECK(queue.counts().count == 2);
    queue.drop_older(begin + seconds(11));
    CHECK(take(9) == "2");
    CHECK(dropped.at("a") == 1);
}

TEST_CASE_METHOD(Queued, "A batch is bounded in bytes, but is never empty where something waits", "[redis]") {
    push("a", std::string(50'000, 'x'));
    push("a", "1");
    push("a", "2");
    CHECK(take(9, 10).size() == 50'000);
    CHECK(take(9, 1) == "1");
}
