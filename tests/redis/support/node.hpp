#pragma once

#include "redis/support/redis_server.hpp"
#include "threaded/support/loop_threads.hpp"

#include <chanx/layer/memory_layer.hpp>
#include <chanx/layer/redis_layer.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace redis_tests {

using Strings = std::vector<std::string>;

/// What an event is, in a word or two.
inline std::string describe(const chanx::GroupEvent& event) {
    using Kind = chanx::GroupEvent::Kind;
    switch (event.kind()) {
        case Kind::message:
            return std::string(event.action());
        case Kind::event:
            return "event " + event.text();
        case Kind::recheck:
            return "recheck " + event.text();
        case Kind::close:
            return "close " + std::to_string(event.close_code()) + " " + event.reason();
        case Kind::gap:
            return "gap " + std::to_string(event.missed());
    }
    return {};
}

/// A list that one thread writes and another reads.
class Notes {
  public:
    void add(std::string note) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(std::move(note));
    }
    Strings all() const {
        const std::lock_guard lock(mutex_);
        return notes_;
    }
    std::size_t count(const std::string& note) const {
        const Strings notes = all();
        return static_cast<std::size_t>(std::ranges::count(notes, note));
    }
    bool has(const std::string& note) const { return count(note) > 0; }
    std::size_t size() const { return all().size(); }
    void clear() {
        const std::lock_guard lock(mutex_);
        notes_.clear();
    }

  private:
    mutable std::mutex mutex_;
    Strings notes_;
};

/// A member of one group that notes what it gets, also as the text of its frames.
class Member final : public chanx::GroupMember {
  public:
    Member(chanx::ChannelLayer& layer, chanx::detail::Loop& loop, std::string user = {})
        : GroupMember(loop), layer_(layer), user_(std::move(user)) {
        membership_.member = this;
    }
    ~Member() = default;

    void deliver(chanx::GroupDelivery& delivery) noexcept override {
        notes.add(describe(delivery.event()));
        if (delivery.event().kind() == chanx::GroupEvent::Kind::message)
            frames.add(std::string(delivery.frame_for(1, user_)->payload()));
    }
    void overflowed() noexcept override { notes.add("overflow"); }

    void join(std::string group) {
        loop().start(
            task_, layer_.join(membership_, std::move(group)),
            [](void* self, std::exception_ptr error) {
                static_cast<Member*>(self)->done.add(error ? "failed" : "joined");
            },
            this);
    }
    void cancel() { task_.request_cancel(); }
    void leave() { layer_.leave(membership_); }

    Notes notes;
    Notes frames;
    Notes done;

  private:
    chanx::ChannelLayer& layer_;
    std::string user_;
    chanx::Membership membership_;
    chanx::detail::TaskContext task_;
};

struct Subscriber final : chanx::GroupSubscriber {
    void on_event(const chanx::GroupEventPtr& event) noexcept override { notes.add(describe(*event)); }
    Notes notes;
};

/// Options with which nothing takes long.
inline chanx::RedisOptions quick(std::string url) {
    using std::chrono::milliseconds;
    return {.url = std::move(url),
            .connect_timeout = milliseconds(1'000),
            .ping_interval = milliseconds(100),
            .ping_timeout = milliseconds(400),
            .heartbeat_interval = milliseconds(100),
            .backoff_min = milliseconds(10),
            .backoff_max = milliseconds(100)};
}

/// What stands for a process: loops and a layer.
class Node {
  public:
    explicit Node(std::shared_ptr<chanx::ChannelLayer> layer) : layer_(std::move(layer)) {
        for (std::size_t i = 0; i < loops.size(); ++i) layer_->attach(loops[i]);
        loops.start();
    }
    explicit Node(chanx::RedisOptions options) : Node(chanx::make_redis_layer(std::move(options))) {}
    ~Node() {
        for (const auto& member : members_) call(*member, [](Member& each) { each.leave(); });
        loops.stop();
        for (std::size_t i = 0; i < loops.size(); ++i) layer_->detach(loops[i]);
    }

    chanx::ChannelLayer& layer() noexcept { return *layer_; }
    chanx::RedisLayer& redis() { return dynamic_cast<chanx::RedisLayer&>(*layer_); }
    chanx::RedisLayer::Statistics statistics() { return redis().statistics(); }

    /// A member that has not joined.
    Member& member(std::size_t loop = 0, std::string user = {}) {
        members_.push_back(std::make_unique<Member>(*layer_, loops[loop], std::move(user)));
        return *members_.back();
    }
    /// A member that has.
    Member& join(const std::string& group, std::size_t loop = 0, std::string user = {}) {
        Member& joining = member(loop, std::move(user));
        rejoin(joining, group);
        return joining;
    }
    void rejoin(Member& joining, const std::string& group) {
        const std::size_t before = joining.done.size();
        call(joining, [&](Member& each) { each.join(group); });
        if (!eventually([&] { return joining.done.size() > before; })) throw std::runtime_error("join hangs");
        if (joining.done.all().back() != "joined") throw std::runtime_error("join failed");
    }
    void leave(Member& leaving) {
        call(leaving, [](Member& each) { each.leave(); });
    }
    template <class Function>
    void call(Member& member, Function function) {
        for (std::size_t i = 0; i < loops.size(); ++i) {
            if (&loops[i] == &member.loop()) loops.call(i, [&] { function(member); });
        }
    }
    std::shared_ptr<Subscriber> subscribe(const std::string& group) {
        auto subscriber = std::make_shared<Subscriber>();
        chanx::detail::TaskContext task;
        Notes done;
        loops.call(0, [&] {
            loops[0].start(
                task, layer_->subscribe(subscriber, group),
                [](void* out, std::exception_ptr error) {
                    static_cast<Notes*>(out)->add(error ? "failed" : "subscribed");
                },
                &done);
        });
        if (!eventually([&] { return done.size() > 0; })) throw std::runtime_error("subscribe hangs");
        // The chain has ended inside of what the loop does now.
        loops.call(0, [] {});
        return subscriber;
    }
    void publish(const std::string& group, const std::string& action, chanx::PublishOptions options = {}) {
        layer_->publish(group, chanx::GroupEvent::make_message(action, R"({"action":")" + action + '"', {},
                                                               std::move(options)));
    }
    bool healthy() { return !layer_->health().degraded; }
    bool becomes_healthy() {
        return eventually([this] { return healthy(); });
    }
    bool becomes_degraded() {
        return eventually([this] { return !healthy(); });
    }

    threaded::LoopThreads loops{2};

  private:
    std::shared_ptr<chanx::ChannelLayer> layer_;
    std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace redis_tests
