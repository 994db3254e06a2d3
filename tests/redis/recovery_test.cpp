#include "redis/support/node.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/layer/redis_layer.hpp>

using redis_tests::eventually;
using redis_tests::Member;
using redis_tests::Node;
using redis_tests::quick;
using redis_tests::RedisServer;
using redis_tests::Strings;
using std::chrono::milliseconds;

namespace {

struct TwoProcesses {
    TwoProcesses() {
        if (!a.becomes_healthy() || !b.becomes_healthy()) throw std::runtime_error("not connected");
    }

    LogCapture log;
    RedisServer server;
    Node a{quick(server.url())};
    Node b{quick(server.url())};
};

}  // namespace

TEST_CASE_METHOD(
    TwoProcesses,
    "when redis-server is restarted, every group has a gap, everybody is rechecked, and all goes on",
    "[redis][recovery]") {
    Member& here = a.join("room");
    Member& there = b.join("room");
    Member& other = b.join("other", 1);
    Member& session = b.join("~everybody", 1);
    server.kill();
    REQUIRE(a.becomes_degraded());
    REQUIRE(b.becomes_degraded());
    CHECK(a.layer().health().detail.find("subscriber: ") != std::string::npos);
    a.publish("room", "while away");
    CHECK(eventually([&] { return here.notes.has("while away"); }));
    server.start();
    REQUIRE(a.becomes_healthy());
    REQUIRE(b.becomes_healthy());
    CHECK(eventually([&] { return there.notes.has("gap 0") && other.notes.has("gap 0"); }));
    CHECK(eventually([&] { return session.notes.has("recheck "); }));
    CHECK(eventually([&] { return here.notes.has("gap 0"); }));
    a.publish("room", "again");
    CHECK(eventually([&] { return there.notes.has("again"); }));
    CHECK(eventually([&] { return here.notes.has("again"); }));
    CHECK(here.notes.count("again") == 1);
    // It came, or its loss is known.
    CHECK(there.notes.count("while away") <= 1);
    CHECK(b.statistics().reconnects >= 1);
    CHECK(log.count("redis connection lost") >= 2);
    CHECK(eventually([&] { return b.statistics().subscriptions == 3; }));
}

TEST_CASE_METHOD(TwoProcesses, "a subscriber that Redis throws out comes back, with a gap",
                 "[redis][recovery]") {
    Member& there = b.join("room");
    server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    CHECK(eventually([&] { return there.notes.has("gap 0"); }));
    REQUIRE(b.becomes_healthy());
    a.publish("room", "again");
    CHECK(eventually([&] { return there.notes.has("again"); }));
}

TEST_CASE_METHOD(TwoProcesses, "a publisher that Redis throws out sends on; nothing is lost or comes twice",
                 "[redis][recovery]") {
    Member& there = b.join("room");
    Strings sent;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 200; ++i) {
            sent.push_back(std::to_string(round) + "." + std::to_string(i));
            a.publish("room", sent.back());
        }
        server.command({"CLIENT", "KILL", "TYPE", "normal"});
    }
    CHECK(eventually([&] { return there.notes.size() >= sent.size(); }));
    CHECK(eventually([&] { return a.statistics().queued == 0; }));
    CHECK(there.notes.all() == sent);
}

TEST_CASE_METHOD(TwoProcesses, "a Redis that does nothing for a while delays others' events, not local ones",
                 "[redis][recovery]") {
    Member& here = a.join("room");
    Member& there = b.join("room");
    server.freeze();
    a.publish("room", "one");
    CHECK(eventually([&] { return here.notes.has("one"); }));
    REQUIRE(a.becomes_degraded());
    REQUIRE(b.becomes_degraded());
    CHECK(eventually([&] { return log.count("no sign of life") >= 2; }));
    a.publish("room", "two");
    CHECK(eventually([&] { return here.notes.has("two"); }));
    server.thaw();
    REQUIRE(a.becomes_healthy());
    REQUIRE(b.becomes_healthy());
    CHECK(eventually([&] { return there.notes.has("gap 0"); }));
    a.publish("room", "three");
    CHECK(eventually([&] { return there.notes.has("three"); }));
    CHECK(there.notes.count("one") <= 1);
    CHECK(there.notes.count("two") <= 1);
}

TEST_CASE_METHOD(TwoProcesses, "DEBUG SLEEP is survived", "[redis][recovery]") {
    Member& there = b.join("room");
    server.command({"DEBUG", "SLEEP", "1"});
    CHECK(log.count("no sign of life") >= 1);
    REQUIRE(a.becomes_healthy());
    CHECK(eventually([&] { return there.notes.has("gap 0"); }));
    a.publish("room", "after");
    CHECK(eventually([&] { return there.notes.has("after"); }));
}

TEST_CASE("Redis that is away at the start is waited for no longer than the deadline, and a gap follows",
          "[redis][recovery]") {
    LogCapture log;
    RedisServer server;
    server.kill();
    auto options = quick(server.url());
    options.join_timeout = milliseconds(200);
    Node a(options);
    Node b(quick(server.url()));
    Member& there = a.join("room");
    CHECK_FALSE(a.healthy());
    a.publish("room", "local");
    CHECK(eventually([&] { return there.notes.has("local"); }));
    CHECK_FALSE(there.notes.has("gap 0"));
    b.publish("room", "waits");
    // Redis is known to be away by now, so nobody waits for it.
    Member& second = a.join("room", 1);
    server.start();
    REQUIRE(a.becomes_healthy());
    CHECK(eventually([&] { return there.notes.has("gap 0") && second.notes.has("gap 0"); }));
    b.publish("room", "later");
    CHECK(eventually([&] { return there.notes.has("later"); }));
    CHECK(log.count("redis connection lost") == 4);
}

TEST_CASE("the queue has a bound: the oldest go, and the receivers know how many", "[redis][recovery]") {
    LogCapture log;
    RedisServer server;
    // It does not notice that Redis stands still for a while.
    auto patient = quick(server.url());
    patient.ping_timeout = redis_tests::patience;
    Node b(patient);
    Member& there = b.join("room");
    Member& unheard = b.join("quiet");
    auto options = quick(server.url());
    options.max_queued = 10;
    Node a(options);
    a.publish("room", "first");
    REQUIRE(eventually([&] { return there.notes.has("first"); }));
    server.freeze();
    // Some go into the frozen connection, which has room; so wait until it is known to be dead.
    REQUIRE(a.becomes_degraded());
    for (int i = 0; i < 100; ++i) a.publish("room", std::to_string(i));
    a.publish("quiet", "dropped");
    for (int i = 100; i < 110; ++i) a.publish("room", std::to_string(i));
    CHECK(a.statistics().queued == 10);
    CHECK(a.statistics().dropped == 101);
    server.thaw();
    CHECK(eventually([&] { return there.notes.has("109"); }));
    CHECK(there.notes.count("99") == 0);
    CHECK(there.notes.count("100") == 1);
    CHECK(there.notes.has("gap 100"));
    // Its only message was lost; a heartbeat tells.
    CHECK(eventually([&] { return unheard.notes.has("gap 0") || unheard.notes.has("gap 1"); }));
}

TEST_CASE("what waits longer than it may is dropped", "[redis][recovery]") {
    LogCapture log;
    RedisServer server;
    server.kill();
    auto options = quick(server.url());
    options.max_queued_age = milliseconds(50);
    Node a(options);
    a.publish("room", "old");
    CHECK(eventually([&] { return a.statistics().dropped == 1; }));
    CHECK(eventually([&] { return log.count("redis publications dropped before they were sent") == 1; }));
    CHECK(log.line("redis publications dropped before they were sent").find("count=1 connected=false") !=
          std::string::npos);
    CHECK(a.statistics().queued == 0);
    CHECK(a.statistics().published == 1);
    CHECK(a.statistics().sent == 0);
}

TEST_CASE("at its end a layer sends what waits, and takes no longer than it may", "[redis][recovery]") {
    LogCapture log;
    RedisServer server;
    Node b(quick(server.url()));
    Member& there = b.join("room");
    {
        auto layer = chanx::make_redis_layer(quick(server.url()));
        layer->publish("room", chanx::GroupEvent::make_message("bye", R"({"action":"bye")", {}, {}));
    }
    CHECK(eventually([&] { return there.notes.has("bye"); }));
    server.freeze();
    auto options = quick(server.url());
    options.flush_timeout = milliseconds(100);
    const auto begin = std::chrono::steady_clock::now();
    {
        auto layer = chanx::make_redis_layer(options);
        layer->publish("room", chanx::GroupEvent::make_message("lost", R"({"action":"lost")", {}, {}));
    }
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(took >= milliseconds(100));
    CHECK(took < std::chrono::seconds(5));
    server.thaw();
}

TEST_CASE("a join that is cancelled or whose loop ends leaves nothing behind", "[redis][recovery]") {
    LogCapture log;
    RedisServer server;
    server.kill();
    auto options = quick(server.url());
    options.join_timeout = std::chrono::minutes(10);
    auto layer = chanx::make_redis_layer(options);
    Node a(layer);
    Member& cancelled = a.member();
    a.call(cancelled, [](Member& each) {
        each.join("room");
        each.cancel();
    });
    CHECK(eventually([&] { return cancelled.done.has("failed"); }));
    CHECK(layer->counts().groups == 0);
    Member& waiting = a.member(1);
    a.call(waiting, [](Member& each) { each.join("room"); });
    a.loops.call(1, [&] { a.loops[1].close(); });
    server.start();
    REQUIRE(a.becomes_healthy());
    CHECK(eventually([&] { return server.command({"PUBSUB", "CHANNELS", "chanx:group:*"}) == "0"; }));
    CHECK(waiting.done.size() == 0);
}
