#pragma once

#include "runtime/loop.hpp"

#include <chanx/layer/memory_layer.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Several applications in one process, joined as several processes are: by a wire that is not to be relied
// on.

class ForwardingLayer;

/// What goes wrong on a wire, in percent of what is sent.
struct WireFaults {
    unsigned lost = 0;
    unsigned doubled = 0;
    /// How often one that was sent later arrives first.
    unsigned overtaken = 0;
};

/// Carries events between layers, each to every other one. What is sent waits until step() lets it arrive.
class Wire {
  public:
    explicit Wire(std::uint64_t seed = 0, WireFaults faults = {}) : random_(seed), faults_(faults) {}

    void set_faults(WireFaults faults) {
        const std::lock_guard lock(mutex_);
        faults_ = faults;
    }
    void send(ForwardingLayer& from, std::string_view group, const chanx::GroupEvent& event);
    /// Lets one event arrive. @return whether there was one
    bool step();
    void run() {
        while (step()) {
        }
    }
    /// Loses all that is under way. @return how many events that were
    std::size_t cut() {
        const std::lock_guard lock(mutex_);
        return std::exchange(waiting_, {}).size();
    }
    std::size_t waiting() const {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }

  private:
    friend class ForwardingLayer;
    struct Sent {
        ForwardingLayer* to;
        std::string group;
        chanx::GroupEventPtr event;
    };
    bool happens(unsigned percent) { return random_() % 100 < percent; }

    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    WireFaults faults_;
    std::vector<ForwardingLayer*> layers_;
    std::vector<Sent> waiting_;
};

/// A process's end of a Wire. What comes from others arrives on its first loop.
class ForwardingLayer final : public chanx::ChannelLayer {
  public:
    explicit ForwardingLayer(Wire& wire) : wire_(wire) { wire_.layers_.push_back(this); }
    ~ForwardingLayer() override {
        const std::lock_guard lock(wire_.mutex_);
        std::erase(wire_.layers_, this);
        std::erase_if(wire_.waiting_, [this](const auto& sent) { return sent.to == this; });
    }

    void attach(chanx::detail::Loop& loop) override {
        if (loop_ == nullptr) loop_ = &loop;
        local_.attach(loop);
    }
    void detach(chanx::detail::Loop& loop) override {
        loop_ = nullptr;
        local_.detach(loop);
    }
    chanx::awaitable<> join(chanx::Membership& membership, std::string group) override {
        remember(group);
        return local_.join(membership, std::move(group));
    }
    void leave(chanx::Membership& membership) noexcept override { local_.leave(membership); }
    void publish(std::string_view group, chanx::GroupEventPtr event) override {
        const bool goes_out =
            event->reach() == chanx::Reach::everywhere && event->kind() != chanx::GroupEvent::Kind::gap;
        if (goes_out) wire_.send(*this, group, *event);
        local_.publish(group, std::move(event));
    }
    void drain(chanx::detail::Loop& loop) override { local_.drain(loop); }
    chanx::awaitable<> subscribe(std::shared_ptr<chanx::GroupSubscriber> subscriber,
                                 std::string group) override {
        remember(group);
        return local_.subscribe(std::move(subscriber), std::move(group));
    }
    void unsubscribe(const chanx::GroupSubscriber& subscriber, std::string_view group) noexcept override {
        local_.unsubscribe(subscriber, group);
    }
    Counts counts() const override { return local_.counts(); }
    Health health() const override {
        return degraded_ ? Health{.degraded = true, .detail = "cut off"} : Health{};
    }
    void set_remote_listener(chanx::RemoteListener* listener) override { listener_ = listener; }

    /// What it says of itself; events go on as before.
    void set_degraded(bool degraded) { degraded_ = degraded; }

    /// An event of another layer; without a loop nobody is there to hear it.
    void arrive(std::string group, chanx::GroupEventPtr event) {
        if (loop_ == nullptr) return;
        loop_->post([this, group = std::move(group), event = std::move(event)] {
            if (listener_ != nullptr) listener_->on_remote_event(group, *event);
            local_.publish(group, event);
        });
    }
    /// It has noticed that events may have been lost: every group is told, and everybody is checked again.
    /// While its loop runs.
    void notice_gap() {
        std::set<std::string> groups;
        {
            const std::lock_guard lock(mutex_);
            groups = groups_;
        }
        for (const std::string& group : groups) {
            loop_->post(
                [this, group] { local_.publish(group, chanx::GroupEvent::make_gap({.group = group})); });
        }
        arrive("~everybody", chanx::GroupEvent::make_recheck({}));
    }

  private:
    void remember(const std::string& group) {
        const std::lock_guard lock(mutex_);
        groups_.insert(group);
    }

    Wire& wire_;
    chanx::MemoryLayer local_;
    chanx::detail::Loop* loop_ = nullptr;
    chanx::RemoteListener* listener_ = nullptr;
    std::atomic<bool> degraded_{false};
    std::mutex mutex_;
    std::set<std::string> groups_;
};

/// The event as another process makes it anew: a connection is nobody's there.
inline chanx::GroupEventPtr event_elsewhere(const chanx::GroupEvent& event) {
    using Kind = chanx::GroupEvent::Kind;
    switch (event.kind()) {
        case Kind::event:
            return chanx::GroupEvent::make_event(event.action(), event.text());
        case Kind::recheck:
            return chanx::GroupEvent::make_recheck(event.text());
        case Kind::close:
            return chanx::GroupEvent::make_close(event.close_code(), event.reason());
        default:
            return chanx::GroupEvent::make_message(event.action(), event.text(),
                                                   {.camelize = event.camelized()},
                                                   {.as = chanx::SenderHandle(0, event.sender().user(), {})},
                                                   event.delivery());
    }
}

inline void Wire::send(ForwardingLayer& from, std::string_view group, const chanx::GroupEvent& event) {
    const std::lock_guard lock(mutex_);
    for (ForwardingLayer* layer : layers_) {
        if (layer == &from || happens(faults_.lost)) continue;
        waiting_.push_back({layer, std::string(group), event_elsewhere(event)});
        if (happens(faults_.doubled)) waiting_.push_back(waiting_.back());
    }
}

inline bool Wire::step() {
    // With the lock, so that the layer stays while it is given the event.
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return false;
    const std::size_t chosen = happens(faults_.overtaken) ? random_() % waiting_.size() : 0;
    Sent sent = std::move(waiting_[chosen]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(chosen));
    sent.to->arrive(std::move(sent.group), std::move(sent.event));
    return true;
}
