#include "runtime/loop.hpp"
#include "support/catch.hpp"

#include <chanx/error.hpp>
#include <chanx/layer/channel_layer.hpp>
#include <chanx/layer/memory_layer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

using chanx::GroupEvent;
using chanx::GroupEventPtr;
using chanx::MemoryLayer;

struct Notes final : chanx::GroupSubscriber {
    void on_event(const GroupEventPtr& event) noexcept override { got.emplace_back(event->action()); }
    std::vector<std::string> got;
};

GroupEventPtr message(std::string action) {
    return GroupEvent::make_message(action, R"({"action":"x")", {}, {});
}

struct SubscriberTest {
    void subscribe(std::shared_ptr<Notes> notes, const std::string& group) {
        std::exception_ptr error;
        chanx::detail::TaskContext task;
        loop.start(
            task, layer.subscribe(std::move(notes), group),
            [](void* out, std::exception_ptr thrown) {
                *static_cast<std::exception_ptr*>(out) = std::move(thrown);
            },
            &error);
        if (error) std::rethrow_exception(error);
    }

    chanx::detail::Loop loop;
    MemoryLayer layer;
};

}  // namespace

TEST_CASE_METHOD(SubscriberTest, "A subscriber gets a group's events without any member, in order",
                 "[layer]") {
    const auto notes = std::make_shared<Notes>();
    layer.publish("room", message("too early"));
    subscribe(notes, "room");
    layer.publish("room", message("one"));
    layer.publish("other", message("not for it"));
    layer.publish("room", message("two"));
    CHECK(notes->got == std::vector<std::string>{"one", "two"});
    CHECK(layer.counts().groups == 1);
    CHECK(layer.counts().members == 0);
}

TEST_CASE_METHOD(SubscriberTest, "After unsubscribe a subscriber gets nothing, and its group is forgotten",
                 "[layer]") {
    const auto notes = std::make_shared<Notes>();
    const auto other = std::make_shared<Notes>();
    subscribe(notes, "room");
    subscribe(other, "room");
    layer.unsubscribe(*notes, "room");
    layer.unsubscribe(*notes, "never heard of");
    layer.publish("room", message("one"));
    CHECK(notes->got.empty());
    CHECK(other->got == std::vector<std::string>{"one"});
    CHECK(notes.use_count() == 1);
    layer.unsubscribe(*other, "room");
    CHECK(layer.counts().groups == 0);
}

TEST_CASE_METHOD(SubscriberTest, "A subscriber's group needs a valid name", "[layer]") {
    CHECK_THROWS_AS(subscribe(std::make_shared<Notes>(), ""), chanx::ConfigurationError);
    CHECK_THROWS_AS(subscribe(std::make_shared<Notes>(), std::string(201, 'x')), chanx::ConfigurationError);
    CHECK(layer.counts().groups == 0);
}
