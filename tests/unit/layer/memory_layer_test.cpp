#include <chanx/layer/memory_layer.hpp>

#include "runtime/loop.hpp"
#include "support/catch.hpp"

#include <chanx/error.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using chanx::GroupEvent;
using chanx::GroupEventPtr;
using chanx::MemoryLayer;
using chanx::detail::Loop;

GroupEventPtr event(std::string body) {
    return GroupEvent::make_message(body, body, {}, {});
}

/// A member that keeps what it gets.
struct Member final : chanx::GroupMember {
    explicit Member(Loop& loop) : GroupMember(loop) {}

    void deliver(chanx::GroupDelivery& delivery) noexcept override {
        got.emplace_back(delivery.event().action());
        if (on_event) on_event();
    }
    void overflowed() noexcept override { ++overflows; }

    void join(MemoryLayer& layer, const std::string& group) {
        places.push_back(std::make_unique<chanx::Membership>());
        places.back()->member = this;
        std::exception_ptr error;
        chanx::detail::TaskContext task;
        loop().start(
            task, layer.join(*places.back(), group),
            [](void* out, std::exception_ptr thrown) {
                *static_cast<std::exception_ptr*>(out) = std::move(thrown);
            },
            &error);
        if (error) {
            places.pop_back();
            std::rethrow_exception(error);
        }
    }
    void leave(MemoryLayer& layer) {
        for (auto& place : places) layer.leave(*place);
    }

    std::vector<std::unique_ptr<chanx::Membership>> places;
    std::vector<std::string> got;
    int overflows = 0;
    std::function<void()> on_event;
};

using Strings = std::vector<std::string>;

struct OneLoop {
    Loop loop;
    MemoryLayer layer;

    OneLoop() { layer.attach(loop); }
    /// As from the loop's own thread.
    void publish_here(const std::string& group, const std::string& body) {
        loop.post([&] { layer.publish(group, event(body)); });
        loop.poll();
    }
};

}  // namespace

TEST_CASE_METHOD(OneLoop, "an event reaches every member of its group, and no other", "[layer]") {
    Member alice(loop);
    Member bob(loop);
    Member carol(loop);
    alice.join(layer, "a");
    bob.join(layer, "a");
    carol.join(layer, "b");
    publish_here("a", "one");
    publish_here("nobody", "two");
    CHECK(alice.got == Strings{"one"});
    CHECK(bob.got == Strings{"one"});
    CHECK(carol.got.empty());
}

TEST_CASE_METHOD(OneLoop, "on the loop's own thread members have the event when publish returns", "[layer]") {
    Member alice(loop);
    alice.join(layer, "a");
    loop.post([&] {
        layer.publish("a", event("one"));
        CHECK(alice.got == Strings{"one"});
    });
    loop.poll();
}

TEST_CASE_METHOD(OneLoop, "from another thread an event waits for the loop", "[layer]") {
    Member alice(loop);
    alice.join(layer, "a");
    layer.publish("a", event("one"));
    layer.publish("a", event("two"));
    CHECK(alice.got.empty());
    CHECK(layer.counts().waiting == 2);
    loop.poll();
    CHECK(alice.got == Strings{"one", "two"});
    CHECK(layer.counts().waiting == 0);
}

TEST_CASE_METHOD(OneLoop, "drain delivers what waits", "[layer]") {
    Member alice(loop);
    alice.join(layer, "a");
    layer.publish("a", event("one"));
    layer.drain(loop);
    CHECK(alice.got == Strings{"one"});
    loop.poll();
    CHECK(alice.got == Strings{"one"});
}

TEST_CASE_METHOD(OneLoop, "who has left gets nothing more, also of what was waiting", "[layer]") {
    Member alice(loop);
    alice.join(layer, "a");
    layer.publish("a", event("one"));
    alice.leave(layer);
    alice.leave(layer);
    loop.poll();
    publish_here("a", "two");
    CHECK(alice.got.empty());
    CHECK(layer.counts().groups == 0);
    CHECK(layer.counts().members == 0);
}

TEST_CASE_METHOD(OneLoop, "members may leave while an event is delivered, themselves and others", "[layer]") {
    std::vector<std::unique_ptr<Member>> members;
    for (int i = 0; i < 6; ++i) {
        members.push_back(std::make_unique<Member>(loop));
        members.back()->join(layer, "a");
    }
    members[1]->on_event = [&] {
        members[0]->leave(layer);  // has it already
        members[1]->leave(layer);
        members[4]->leave(layer);  // will not get it
    };
    publish_here("a", "one");
    CHECK(members[0]->got == Strings{"one"});
    CHECK(members[1]->got == Strings{"one"});
    CHECK(members[3]->got == Strings{"one"});
    CHECK(members[4]->got.empty());
    CHECK(members[5]->got == Strings{"one"});
    CHECK(layer.counts().members == 3);
    publish_here("a", "two");
    CHECK(members[0]->got.size() == 1);
    CHECK(members[2]->got == Strings{"one", "two"});
    CHECK(members[5]->got == Strings{"one", "two"});
    for (auto& member : members) member->leave(layer);
    CHECK(layer.counts().groups == 0);
}

TEST_CASE_METHOD(OneLoop, "the last members may leave while an event is delivered, and others join anew",
                 "[layer]") {
    Member alice(loop);
    Member bob(loop);
    alice.join(layer, "a");
    alice.on_event = [&] { alice.leave(layer); };
    publish_here("a", "one");
    CHECK(layer.counts().groups == 0);
    bob.join(layer, "a");
    publish_here("a", "two");
    CHECK(alice.got == Strings{"one"});
    CHECK(bob.got == Strings{"two"});
}

TEST_CASE_METHOD(OneLoop, "leaving in any order keeps the others in", "[layer]") {
    std::vector<std::unique_ptr<Member>> members;
    for (int i = 0; i < 20; ++i) {
        members.push_back(std::make_unique<Member>(loop));
        members.back()->join(layer, "a");
    }
    for (const std::size_t i : {0u, 19u, 7u, 8u, 1u, 18u}) members[i]->leave(layer);
    publish_here("a", "one");
    std::size_t got = 0;
    for (const auto& member : members) got += member->got.size();
    CHECK(got == 14);
    CHECK(members[7]->got.empty());
    CHECK(members[9]->got == Strings{"one"});
    CHECK(layer.counts().members == 14);
}

TEST_CASE_METHOD(OneLoop, "group names have 1 to 200 bytes", "[layer]") {
    Member alice(loop);
    CHECK_THROWS_AS(alice.join(layer, ""), chanx::ConfigurationError);
    CHECK_THROWS_AS(alice.join(layer, std::string(201, 'x')), chanx::ConfigurationError);
    alice.join(layer, std::string(200, 'x'));
    alice.join(layer, "x");
    CHECK(layer.counts().groups == 2);
    CHECK(layer.counts().members == 2);
}

TEST_CASE("a loop that was not attached can't have members", "[layer]") {
    Loop loop;
    MemoryLayer layer;
    Member alice(loop);
    CHECK_THROWS_AS(alice.join(layer, "a"), chanx::ConfigurationError);
    CHECK(layer.counts().groups == 0);
}

TEST_CASE("a loop that falls too far behind loses events, and its members of those groups are told once",
          "[layer]") {
    Loop loop;
    MemoryLayer layer({.max_inbox_bytes = 2000});
    layer.attach(loop);
    Member alice(loop);
    Member bob(loop);
    alice.join(layer, "a");
    bob.join(layer, "b");
    const std::string large(1000, 'x');
    layer.publish("a", event(large));
    for (int i = 0; i < 1000; ++i) {
        layer.publish("a", event(large));
        layer.publish("b", event(large));
    }
    CHECK(layer.counts().waiting <= 4);
    loop.poll();
    CHECK(alice.overflows == 1);
    CHECK(bob.overflows == 1);
    CHECK(alice.got.size() == 1);

    layer.publish("a", event("again"));
    loop.poll();
    CHECK(alice.got.back() == "again");
    CHECK(alice.overflows == 1);
}

TEST_CASE_METHOD(OneLoop, "a loop that others publish to serves its other work in between", "[layer]") {
    constexpr std::size_t many = 10'000;
    Member alice(loop);
    alice.join(layer, "tea");
    for (std::size_t i = 0; i < many; ++i) layer.publish("tea", event("e" + std::to_string(i)));
    std::size_t delivered_before = 0;
    loop.post([&] { delivered_before = alice.got.size(); });
    loop.poll();
    CHECK(delivered_before > 0);
    CHECK(delivered_before < many);
    REQUIRE(alice.got.size() == many);
    CHECK(alice.got.front() == "e0");
    CHECK(alice.got.back() == "e9999");
    alice.leave(layer);
}

TEST_CASE("an event larger than the inbox is taken when nothing else waits", "[layer]") {
    Loop loop;
    MemoryLayer layer({.max_inbox_bytes = 100});
    layer.attach(loop);
    Member alice(loop);
    alice.join(layer, "a");
    layer.publish("a", event(std::string(5000, 'x')));
    loop.poll();
    CHECK(alice.got.size() == 1);
    CHECK(alice.overflows == 0);
}

TEST_CASE("members on several loops see one order of a group's events", "[layer]") {
    constexpr int publishers = 3;
    constexpr int events_each = 500;
    MemoryLayer layer;
    Loop loops[2];
    for (auto& loop : loops) layer.attach(loop);
    Member members[2]{Member(loops[0]), Member(loops[1])};
    for (auto& member : members) member.join(layer, "a");

    std::vector<std::thread> threads;
    std::atomic<int> running{publishers};
    for (int p = 0; p < publishers; ++p) {
        threads.emplace_back([&, p] {
            for (int i = 0; i < events_each; ++i)
                layer.publish("a", event(std::to_string(p) + ":" + std::to_string(i)));
            --running;
        });
    }
    for (int l = 0; l < 2; ++l) {
        threads.emplace_back([&, l] {
            while (running > 0) {
                loops[l].poll();
                std::this_thread::yield();
            }
            loops[l].poll();
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(members[0].got.size() == publishers * events_each);
    CHECK(members[0].got == members[1].got);
}

TEST_CASE("members may join and leave while others publish", "[layer]") {
    MemoryLayer layer;
    Loop loop;
    layer.attach(loop);
    std::atomic<bool> stop{false};
    std::thread publisher([&] {
        while (!stop) layer.publish("a", event("x"));
    });
    Member steady(loop);
    steady.join(layer, "a");
    for (int i = 0; i < 300 || steady.got.empty(); ++i) {
        Member passing(loop);
        passing.join(layer, "a");
        loop.poll();
        const std::size_t before = passing.got.size();
        passing.leave(layer);
        loop.poll();
        CHECK(passing.got.size() == before);
    }
    stop = true;
    publisher.join();
    loop.poll();
    CHECK_FALSE(steady.got.empty());
    CHECK(layer.counts().members == 1);
    steady.leave(layer);
    CHECK(layer.counts().groups == 0);
}
