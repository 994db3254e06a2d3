// What every channel layer keeps to.

#include "redis/support/node.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

#include <chanx/error.hpp>

#include <thread>

using redis_tests::eventually;
using redis_tests::Member;
using redis_tests::Node;
using redis_tests::Strings;

namespace {

struct InMemory {
    LogCapture log;
    Node node{std::make_shared<chanx::MemoryLayer>()};
};

struct OverRedis {
    LogCapture log;
    redis_tests::RedisServer server;
    Node node{redis_tests::quick(server.url())};
};

struct WithoutItsRedis {
    WithoutItsRedis() { server.kill(); }
    static chanx::RedisOptions options(const std::string& url) {
        auto options = redis_tests::quick(url);
        options.join_timeout = std::chrono::milliseconds(10);
        options.flush_timeout = std::chrono::milliseconds(10);
        return options;
    }

    LogCapture log;
    redis_tests::RedisServer server;
    Node node{options(server.url())};
};

/// A gap says that Redis was slow to come; it is no event that somebody published.
Strings without_gaps(Strings notes) {
    std::erase_if(notes, [](const std::string& note) { return note.starts_with("gap "); });
    return notes;
}

}  // namespace

#define EVERY_LAYER(name) TEMPLATE_TEST_CASE(name, "[redis][layer]", InMemory, OverRedis, WithoutItsRedis)

EVERY_LAYER("All members of a group see one order, each event once, whichever thread publishes") {
    TestType layer;
    Node& node = layer.node;
    Member* const members[] = {&node.join("room"), &node.join("room", 1), &node.join("room", 1)};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) node.publish("room", std::to_string(t) + "." + std::to_string(i));
        });
    }
    for (auto& thread : threads) thread.join();
    for (const Member* each : members) CHECK(eventually([&] { return each->notes.size() >= 800; }));
    const Strings order = without_gaps(members[0]->notes.all());
    CHECK(order.size() == 800);
    CHECK(without_gaps(members[1]->notes.all()) == order);
    CHECK(without_gaps(members[2]->notes.all()) == order);
}

EVERY_LAYER("When publish returns on a loop, its members have the event") {
    TestType layer;
    Node& node = layer.node;
    Member& member = node.join("room");
    node.call(member, [&](Member& each) {
        node.publish("room", "one");
        CHECK(each.notes.has("one"));
    });
}

EVERY_LAYER(
    "A member gets what is published from when its join has completed, and nothing from when it left") {
    TestType layer;
    Node& node = layer.node;
    node.publish("room", "too early");
    Member& member = node.join("room");
    node.publish("room", "one");
    CHECK(eventually([&] { return member.notes.has("one"); }));
    node.leave(member);
    node.publish("room", "too late");
    node.rejoin(member, "room");
    node.publish("room", "two");
    CHECK(eventually([&] { return member.notes.has("two"); }));
    CHECK(without_gaps(member.notes.all()) == Strings{"one", "two"});
}

EVERY_LAYER("A group's events go to its own members only") {
    TestType layer;
    Node& node = layer.node;
    Member& one = node.join("one");
    Member& two = node.join("two");
    Member& own = node.join("~own");
    node.publish("one", "1");
    node.publish("two", "2");
    node.publish("~own", "3");
    CHECK(eventually([&] { return own.notes.has("3"); }));
    CHECK(without_gaps(one.notes.all()) == Strings{"1"});
    CHECK(without_gaps(two.notes.all()) == Strings{"2"});
    CHECK(own.notes.all() == Strings{"3"});
}

EVERY_LAYER("A subscriber needs no member, gets the group's order, and nothing after unsubscribe") {
    TestType layer;
    Node& node = layer.node;
    const auto subscriber = node.subscribe("room");
    const auto internal = node.subscribe("~own");
    for (int i = 0; i < 20; ++i) node.publish("room", std::to_string(i));
    node.publish("~own", "x");
    Strings wanted;
    for (int i = 0; i < 20; ++i) wanted.push_back(std::to_string(i));
    CHECK(without_gaps(subscriber->notes.all()) == wanted);
    CHECK(internal->notes.all() == Strings{"x"});
    node.layer().unsubscribe(*subscriber, "room");
    node.layer().unsubscribe(*subscriber, "never heard of");
    node.layer().unsubscribe(*internal, "~own");
    node.publish("room", "too late");
    CHECK(without_gaps(subscriber->notes.all()) == wanted);
    CHECK(node.layer().counts().groups == 0);
}

EVERY_LAYER("Counts are exact after a storm of joins and leaves") {
    TestType layer;
    Node& node = layer.node;
    std::vector<Member*> members;
    for (std::size_t i = 0; i < 60; ++i) members.push_back(&node.member(i % 2));
    for (int round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < members.size(); ++i) {
            members[i]->done.clear();
            node.call(*members[i], [&](Member& each) { each.join("room" + std::to_string(i % 7)); });
        }
        for (Member* each : members) CHECK(eventually([&] { return each->done.has("joined"); }));
        CHECK(node.layer().counts().members == 60);
        CHECK(node.layer().counts().groups == 7);
        for (Member* each : members) node.leave(*each);
        CHECK(node.layer().counts().members == 0);
        CHECK(node.layer().counts().groups == 0);
    }
}

EVERY_LAYER("A group's name has 1 to 200 bytes, of any kind") {
    TestType layer;
    Node& node = layer.node;
    for (const std::string& bad : {std::string(), std::string(201, 'x')}) {
        Member& member = node.member();
        node.call(member, [&](Member& each) { each.join(bad); });
        CHECK(eventually([&] { return member.done.has("failed"); }));
    }
    const std::string odd = "r\xff%\r\n \"\\\x01" + std::string(190, '~');
    Member& member = node.join(odd);
    node.publish(odd, "one");
    CHECK(eventually([&] { return member.notes.has("one"); }));
}
