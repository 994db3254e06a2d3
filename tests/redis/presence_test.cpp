#include <chanx/layer/presence.hpp>

#include "redis/support/node.hpp"
#include "support/catch.hpp"

#include <chanx/layer/redis_layer.hpp>

using chanx::GroupEvent;
using redis_tests::eventually;
using redis_tests::quick;
using redis_tests::RedisServer;

namespace {

const auto nothing = [] {};

struct Listener final : chanx::RemoteListener {
    void on_remote_event(std::string_view group, const GroupEvent& event) noexcept override {
        if (!group.starts_with("~presence:")) notes.add(redis_tests::describe(event));
    }
    redis_tests::Notes notes;
};

/// Two processes' layers, that carry little in one message.
struct NarrowLayers {
    NarrowLayers() {
        b->set_remote_listener(&listener);
        const auto healthy = [&] { return !a->health().degraded && !b->health().degraded; };
        if (!eventually(healthy)) throw std::runtime_error("redis is not reached");
        listener.notes.clear();
    }
    ~NarrowLayers() { b->set_remote_listener(nullptr); }

    std::shared_ptr<chanx::RedisLayer> make() {
        auto options = quick(server.url());
        options.max_message_bytes = 1'000;
        return chanx::make_redis_layer(std::move(options));
    }
    /// Over the channel that all processes listen to.
    void publish(const std::string& group, const std::string& text) {
        a->publish(group, GroupEvent::make_event("x", R"({"action":"x","payload":")" + text + R"("})"));
    }
    bool comes(const std::string& text) {
        return eventually(
            [&] { return listener.notes.has(R"(event {"action":"x","payload":")" + text + R"("})"); });
    }

    RedisServer server;
    Listener listener;
    std::shared_ptr<chanx::RedisLayer> a = make();
    std::shared_ptr<chanx::RedisLayer> b = make();
};

}  // namespace

TEST_CASE_METHOD(NarrowLayers,
                 "who begins late gets to know all users, however little Redis carries in one message",
                 "[redis][presence]") {
    constexpr std::size_t users = 600;
    chanx::Presence first({.layer = a});
    for (std::size_t i = 0; i < users; ++i) first.join("room_1", std::to_string(100'000 + i), nothing);
    // All that was said before is past.
    REQUIRE(eventually([&] { return b->statistics().received >= users; }));
    chanx::Presence late({.layer = b});
    CHECK(eventually([&] { return late.list("room_1").size() == users; }));
    first.join("room_1", "last", nothing);
    CHECK(eventually([&] { return late.list("room_1").size() == users + 1; }));
    CHECK_FALSE(late.partial());
    CHECK(a->statistics().dropped == 0);
    CHECK(b->statistics().gaps == 0);
    CHECK_FALSE(listener.notes.has("recheck "));
}

TEST_CASE_METHOD(NarrowLayers, "what is lost of a presence has nobody checked again, what else is lost has",
                 "[redis][presence]") {
    const std::string too_long(2'000, 'x');
    publish("~session:one", "before");
    publish("~presence:presence", too_long);
    publish("~presence:presence", "short");
    publish("~session:one", "after");
    REQUIRE(comes("after"));
    CHECK(comes("before"));
    CHECK(a->statistics().dropped == 1);
    CHECK(b->statistics().gaps == 0);
    CHECK_FALSE(listener.notes.has("recheck "));

    publish("~session:one", too_long);
    publish("~session:one", "end");
    REQUIRE(comes("end"));
    CHECK(listener.notes.has("recheck "));
    CHECK(b->statistics().gaps == 1);
}
