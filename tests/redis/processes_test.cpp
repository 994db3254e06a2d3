#include "redis/support/node.hpp"
#include "support/catch.hpp"

#include <chanx/layer/redis_layer.hpp>

using chanx::GroupEvent;
using redis_tests::eventually;
using redis_tests::Member;
using redis_tests::Node;
using redis_tests::quick;
using redis_tests::RedisServer;
using redis_tests::Strings;

namespace {

struct TwoProcesses {
    RedisServer server;
    Node a{quick(server.url())};
    Node b{quick(server.url())};
};

struct Listener final : chanx::RemoteListener {
    void on_remote_event(std::string_view group, const GroupEvent& event) noexcept override {
        notes.add(std::string(group) + ": " + redis_tests::describe(event));
    }
    redis_tests::Notes notes;
};

}  // namespace

TEST_CASE_METHOD(TwoProcesses, "a message reaches the members of all processes once, in order", "[redis]") {
    Member& here = a.join("room");
    Member& there = b.join("room", 1);
    Strings sent;
    for (int i = 0; i < 500; ++i) {
        sent.push_back("m" + std::to_string(i));
        a.publish("room", sent.back());
    }
    CHECK(eventually([&] { return there.notes.size() >= sent.size(); }));
    CHECK(there.notes.all() == sent);
    CHECK(eventually([&] { return here.notes.size() >= sent.size(); }));
    CHECK(here.notes.all() == sent);
    CHECK(eventually([&] { return a.statistics().own == sent.size(); }));
    CHECK(here.notes.size() == sent.size());
    CHECK(b.statistics().received == sent.size());
    CHECK(b.statistics().gaps == a.statistics().gaps);
}

TEST_CASE_METHOD(TwoProcesses,
                 "the same user's connections elsewhere see a message as mine, and no connection as current",
                 "[redis]") {
    Member& alice = b.join("room", 0, "alice");
    Member& bob = b.join("room", 0, "bob");
    a.publish("room", "said", {.as = chanx::SenderHandle(1, "alice", chanx::Ref(7))});
    REQUIRE(eventually([&] { return alice.frames.size() == 1 && bob.frames.size() == 1; }));
    CHECK(alice.frames.all()[0] == R"({"action":"said","is_mine":true,"is_current":false})");
    CHECK(bob.frames.all()[0] == R"({"action":"said","is_mine":false,"is_current":false})");
}

TEST_CASE_METHOD(TwoProcesses, "what is meant for this process stays in it", "[redis]") {
    Member& there = b.join("room");
    a.publish("room", "local", {.reach = chanx::Reach::this_process});
    a.layer().publish("room", GroupEvent::make_gap({.group = "room", .missed = 3}));
    a.publish("room", "far");
    REQUIRE(eventually([&] { return there.notes.size() >= 1; }));
    CHECK(there.notes.all() == Strings{"far"});
    CHECK(a.statistics().published == 1);
}

TEST_CASE_METHOD(TwoProcesses,
                 "events, rechecks and closes reach other processes in the order of one publisher, and its "
                 "listener first",
                 "[redis]") {
    Listener listener;
    b.layer().set_remote_listener(&listener);
    Member& there = b.join("room");
    Member& login = b.join("~session:x", 1);
    REQUIRE(b.becomes_healthy());
    listener.notes.clear();
    a.publish("room", "before");
    a.layer().publish("room", GroupEvent::make_event("tick", R"({"action":"tick","payload":1.10})"));
    a.layer().publish("room", GroupEvent::make_recheck("alice"));
    a.publish("room", "after");
    a.layer().publish("~session:x", GroupEvent::make_close(4401, "Logged out"));
    // Nobody is in it here, and still the listener hears of it.
    a.layer().publish("elsewhere", GroupEvent::make_recheck({}));
    CHECK(eventually([&] { return listener.notes.size() >= 6; }));
    CHECK(eventually([&] { return there.notes.has("after"); }));
    CHECK(there.notes.all() ==
          Strings{"before", R"(event {"action":"tick","payload":1.10})", "recheck alice", "after"});
    CHECK(eventually([&] { return login.notes.has("close 4401 Logged out"); }));
    CHECK(listener.notes.all() == Strings{"room: before", R"(room: event {"action":"tick","payload":1.10})",
                                          "room: recheck alice", "room: after",
                                          "~session:x: close 4401 Logged out", "elsewhere: recheck "});
    b.layer().set_remote_listener(nullptr);
}

TEST_CASE_METHOD(TwoProcesses, "a group has one subscription in a process, from its first member to its last",
                 "[redis]") {
    REQUIRE(a.becomes_healthy());
    const auto groups = [&] { return server.command({"PUBSUB", "CHANNELS", "chanx:group:*"}); };
    Member& one = a.join("room");
    Member& two = a.join("room", 1);
    const auto subscriber = a.subscribe("room");
    CHECK(groups() == "1");
    CHECK(a.statistics().subscriptions == 2);  // with the one for all
    a.leave(one);
    a.leave(two);
    CHECK(groups() == "1");
    a.layer().unsubscribe(*subscriber, "room");
    CHECK(eventually([&] { return groups() == "0"; }));
    CHECK(a.layer().counts().groups == 0);
    CHECK(eventually([&] { return a.statistics().subscriptions == 1; }));
}

TEST_CASE_METHOD(TwoProcesses, "leaving and joining in quick succession does not lose the subscription",
                 "[redis]") {
    Member& there = b.join("room");
    for (int i = 0; i < 300; ++i) {
        for (int n = 0; n <= i % 3; ++n) {
            b.leave(there);
            b.rejoin(there, "room");
        }
        a.publish("room", "m" + std::to_string(i));
        if (!eventually([&] { return there.notes.has("m" + std::to_string(i)); })) FAIL("lost m" << i);
    }
    // A heartbeat that crosses a subscription on its way may bring a gap, though nothing is lost.
    auto got = there.notes.all();
    std::erase(got, "gap 0");
    CHECK(got.size() == 300);
}
