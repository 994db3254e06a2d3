#include "layer/redis/subscription_table.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>
#include <vector>

using chanx::detail::SubscriptionTable;
using chanx::detail::TimePoint;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

namespace {

constexpr TimePoint begin{std::chrono::hours(1)};

struct Waiter final : chanx::detail::SubscriptionWaiter {
    void complete() noexcept override { ++completed; }
    int completed = 0;
};

struct Table {
    Strings to_subscribe() { return table.reconcile().subscribe; }
    Strings to_unsubscribe() { return table.reconcile().unsubscribe; }
    void subscribe(const std::string& key) {
        table.acquire(key);
        REQUIRE(to_subscribe() == Strings{key});
        table.subscribed(key, begin);
    }

    SubscriptionTable table{seconds(2), begin};
};

struct ConnectedTable : Table {
    ConnectedTable() { table.connected(); }
};

}  // namespace

TEST_CASE_METHOD(ConnectedTable,
                 "A channel is subscribed to for its first holder and given up after its last", "[redis]") {
    CHECK(table.acquire("a"));
    CHECK_FALSE(table.acquire("a"));
    CHECK(to_subscribe() == Strings{"a"});
    CHECK(to_subscribe().empty());
    table.subscribed("a", begin);
    CHECK(table.subscription_count() == 1);
    CHECK_FALSE(table.release("a"));
    CHECK(table.release("a"));
    CHECK(to_unsubscribe() == Strings{"a"});
    CHECK(table.subscription_count() == 0);
    CHECK(table.unsubscribed("a").forgotten);
    CHECK_FALSE(table.subscribed_since("a"));
}

TEST_CASE_METHOD(ConnectedTable, "Leaving and joining before it is looked at sends nothing", "[redis]") {
    subscribe("a");
    table.release("a");
    table.acquire("a");
    const auto commands = table.reconcile();
    CHECK(commands.subscribe.empty());
    CHECK(commands.unsubscribe.empty());
    CHECK(table.subscribed_since("a") == begin);
}

TEST_CASE_METHOD(ConnectedTable, "What is wanted again while it is given up is taken again at the answer",
                 "[redis]") {
    subscribe("a");
    table.release("a");
    CHECK(to_unsubscribe() == Strings{"a"});
    table.acquire("a");
    CHECK(to_subscribe().empty());
    Waiter waiter;
    CHECK(table.wait("a", waiter, begin));
    const auto answer = table.unsubscribed("a");
    CHECK(answer.more);
    CHECK(to_subscribe() == Strings{"a"});
    CHECK(waiter.completed == 0);
    CHECK_FALSE(table.subscribed("a", begin).gap_due);
    CHECK(waiter.completed == 1);
}

TEST_CASE_METHOD(ConnectedTable, "What is given up before the answer is given up after it", "[redis]") {
    table.acquire("a");
    CHECK(to_subscribe() == Strings{"a"});
    table.release("a");
    CHECK(to_unsubscribe().empty());
    CHECK(table.subscribed("a", begin).more);
    CHECK(to_unsubscribe() == Strings{"a"});
}

TEST_CASE_METHOD(ConnectedTable, "Who waits is told at the answer, and nobody waits for what is there",
                 "[redis]") {
    table.acquire("a");
    Waiter one;
    Waiter gone;
    CHECK(table.wait("a", one, begin));
    CHECK(table.wait("a", gone, begin));
    table.withdraw("a", gone);
    to_subscribe();
    CHECK(one.completed == 0);
    CHECK_FALSE(table.subscribed("a", begin).gap_due);
    CHECK(one.completed == 1);
    CHECK(gone.completed == 0);
    CHECK_FALSE(table.wait("a", gone, begin));
}

TEST_CASE_METHOD(ConnectedTable, "Waiting ends at the deadline, and the answer then brings a gap, once",
                 "[redis]") {
    table.acquire("a");
    Waiter waiter;
    CHECK(table.wait("a", waiter, begin));
    to_subscribe();
    table.expire(begin + seconds(1));
    CHECK(waiter.completed == 0);
    table.expire(begin + seconds(2));
    CHECK(waiter.completed == 1);
    CHECK(table.subscribed("a", begin + seconds(3)).gap_due);
    CHECK(waiter.completed == 1);
    table.disconnected(begin + seconds(4));
    table.connected();
    CHECK(to_subscribe() == Strings{"a"});
    CHECK(table.subscribed("a", begin + seconds(5)).gap_due);
}

TEST_CASE_METHOD(Table, "Before there is a connection nothing is sent, and all of it when it comes",
                 "[redis]") {
    CHECK_FALSE(table.acquire("a"));
    CHECK_FALSE(table.acquire("b"));
    CHECK_FALSE(table.release("b"));
    CHECK(to_subscribe().empty());
    Waiter waiter;
    CHECK(table.wait("a", waiter, begin + seconds(1)));
    table.connected();
    CHECK(to_subscribe() == Strings{"a"});
    CHECK_FALSE(table.subscribed("a", begin).gap_due);
    CHECK(waiter.completed == 1);
}

TEST_CASE_METHOD(Table, "Nobody waits for a Redis that has been away for longer than anybody would wait",
                 "[redis]") {
    table.acquire("a");
    Waiter waiter;
    CHECK_FALSE(table.wait("a", waiter, begin + seconds(2)));
    table.connected();
    CHECK(to_subscribe() == Strings{"a"});
    CHECK(table.subscribed("a", begin).gap_due);
    CHECK(waiter.completed == 0);
}

TEST_CASE_METHOD(Table, "Nobody waits for a Redis that connects and refuses every subscription", "[redis]") {
    table.acquire("a");
    Waiter waiter;
    for (int at = 0; at < 4; ++at) {
        CAPTURE(at);
        table.connected();
        CHECK(to_subscribe() == Strings{"a"});
        CHECK(table.wait("a", waiter, begin + seconds(at)) == (at < 2));
        table.withdraw("a", waiter);
        table.disconnected(begin + seconds(at));
    }
    table.connected();
    CHECK(to_subscribe() == Strings{"a"});
    CHECK(table.subscribed("a", begin + seconds(5)).gap_due);
    // From an answer on there is something to wait for again, in another outage as well.
    table.acquire("b");
    CHECK(table.wait("b", waiter, begin + seconds(6)));
    table.withdraw("b", waiter);
    table.disconnected(begin + seconds(7));
    CHECK(table.wait("a", waiter, begin + seconds(8)));
    table.withdraw("a", waiter);
    CHECK_FALSE(table.wait("a", waiter, begin + seconds(9)));
    CHECK(waiter.completed == 0);
}

TEST_CASE_METHOD(ConnectedTable,
                 "A lost connection means a gap for what was subscribed to, and answers of it don't count",
                 "[redis]") {
    subscribe("a");
    table.acquire("b");
    CHECK(to_subscribe() == Strings{"b"});
    subscribe("c");
    table.release("c");
    CHECK(to_unsubscribe() == Strings{"c"});
    table.disconnected(begin);
    CHECK(table.subscription_count() == 0);
    CHECK_FALSE(table.subscribed("b", begin).gap_due);
    CHECK_FALSE(table.subscribed_since("b"));
    table.connected();
    auto wanted = to_subscribe();
    std::ranges::sort(wanted);
    CHECK(wanted == Strings{"a", "b"});
    CHECK(table.subscribed("a", begin).gap_due);
    CHECK_FALSE(table.subscribed("b", begin).gap_due);
    CHECK_FALSE(table.subscribed_since("c"));
}
