#include <chanx/layer/redis_layer.hpp>

#include "layer/group_name.hpp"
#include "layer/named_group.hpp"
#include "layer/redis/redis_core.hpp"
#include "runtime/loop.hpp"

#include <chanx/error.hpp>

#include <boost/asio/executor_work_guard.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace chanx {

namespace detail {

namespace {

/// A coroutine's wait for a subscription. Redis's thread completes it, with the table held; all the rest is
/// on the coroutine's loop. Shared, for a completion may be on its way to the loop when the coroutine is
/// destroyed.
class Wait final : public SubscriptionWaiter, public std::enable_shared_from_this<Wait> {
  public:
    Wait(TaskContext& task, std::coroutine_handle<> handle)
        : task_(&task),
          loop_(task.loop),
          handle_(handle),
          work_(boost::asio::make_work_guard(task.loop->io())) {}

    void complete() noexcept override {
        // While the table is held the coroutine is there, and so is its loop.
        loop_->post([self = shared_from_this()] { self->go_on(); });
    }
    /// The coroutine is gone, or goes on without it.
    void abandon() noexcept {
        handle_ = nullptr;
        work_.reset();
    }

  private:
    void go_on() {
        if (!handle_) return;
        const auto handle = std::exchange(handle_, nullptr);
        work_.reset();
        task_->arrived();
        resume(*task_, handle);
    }

    TaskContext* task_;
    Loop* loop_;
    std::coroutine_handle<> handle_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
};

/// One hold on a channel and the wait for its subscription; lies in the frame of the coroutine that joins.
class Subscribing {
  public:
    Subscribing(std::shared_ptr<RedisCore> core, std::string key)
        : core_(std::move(core)), key_(std::move(key)) {
        core_->acquire(key_);
    }
    ~Subscribing() {
        withdraw();
        if (!kept_) core_->release(key_);
    }
    Subscribing(const Subscribing&) = delete;
    Subscribing& operator=(const Subscribing&) = delete;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<awaitable<>::promise_type> handle) {
        task_ = handle.promise().task;
        if (task_->cancelled) return false;
        wait_ = std::make_shared<Wait>(*task_, handle);
        // Before it is in the table, for from then on it may be completed.
        task_->wait_for(this, [](void* self) noexcept { static_cast<Subscribing*>(self)->cancel(); });
        if (core_->table().wait(key_, *wait_, std::chrono::steady_clock::now())) return true;
        task_->arrived();
        std::exchange(wait_, nullptr)->abandon();
        return false;
    }
    void await_resume() const {
        if (task_->cancelled) throw Cancelled();
    }
    /// The hold is the membership's from now on.
    void keep() noexcept { kept_ = true; }

  private:
    void withdraw() noexcept {
        if (!wait_) return;
        core_->table().withdraw(key_, *wait_);
        wait_->abandon();
    }
    void cancel() noexcept {
        core_->table().withdraw(key_, *wait_);
        wait_->complete();
    }

    std::shared_ptr<RedisCore> core_;
    std::string key_;
    TaskContext* task_ = nullptr;
    std::shared_ptr<Wait> wait_;
    bool kept_ = false;
};

}  // namespace

}  // namespace detail

RedisLayer::RedisLayer(RedisOptions options)
    : core_(std::make_shared<detail::RedisCore>(std::move(options))) {}

RedisLayer::~RedisLayer() {
    core_->stop();
}

void RedisLayer::attach(detail::Loop& loop) {
    core_->local().attach(loop);
}
void RedisLayer::detach(detail::Loop& loop) {
    core_->local().detach(loop);
}
void RedisLayer::drain(detail::Loop& loop) {
    core_->local().drain(loop);
}
ChannelLayer::Counts RedisLayer::counts() const {
    return core_->local().counts();
}
ChannelLayer::Health RedisLayer::health() const {
    return core_->health();
}
std::size_t RedisLayer::max_event_bytes() const {
    return core_->max_message_bytes();
}
void RedisLayer::set_remote_listener(RemoteListener* listener) {
    core_->set_remote_listener(listener);
}
RedisLayer::Statistics RedisLayer::statistics() const {
    return core_->statistics();
}

std::vector<chanx::Statistics::LayerFigure> RedisLayer::figures() const {
    const Statistics now = statistics();
    const auto total = [](std::string_view name, std::string_view help, std::uint64_t value) {
        return chanx::Statistics::LayerFigure{name, help, true, static_cast<double>(value)};
    };
    const auto gauge = [](std::string_view name, std::string_view help, std::size_t value) {
        return chanx::Statistics::LayerFigure{name, help, false, static_cast<double>(value)};
    };
    return {
        total("published", "Publications meant for other processes", now.published),
        total("sent", "Publications taken by Redis", now.sent),
        total("received", "Publications of other processes that came from Redis", now.received),
        total("own", "Own publications that came back from Redis", now.own),
        total("duplicates", "Publications that came twice", now.duplicates),
        total("dropped", "Publications that Redis never got", now.dropped),
        total("gaps", "Losses that were seen", now.gaps),
        total("missed", "Events that are known to be missing", now.missed),
        total("malformed", "Messages from Redis that could not be read", now.malformed),
        total("unknown", "Messages from Redis of another version or kind", now.unknown),
        total("too_long", "Messages from Redis that were too long", now.too_long),
        total("reconnects", "Connections to Redis that were made anew", now.reconnects),
        gauge("queued", "Publications that wait for Redis", now.queued),
        gauge("queued_bytes", "Bytes of these", now.queued_bytes),
        gauge("subscriptions", "Channels of Redis that are subscribed to", now.subscriptions),
    };
}

awaitable<> RedisLayer::join(Membership& membership, std::string group) {
    detail::require_group_size(group);
    // Those of the framework go over a channel that is always there.
    if (detail::is_framework_group(group)) {
        co_await core_->local().join(membership, std::move(group));
        co_return;
    }
    detail::Subscribing subscribing(core_, group);
    co_await subscribing;
    co_await core_->local().join(membership, std::move(group));
    subscribing.keep();
}

void RedisLayer::leave(Membership& membership) noexcept {
    const auto group = membership.group;
    if (!group) return;
    core_->local().leave(membership);
    const std::string& name = static_cast<const detail::NamedGroup&>(*group).name;
    if (!detail::is_framework_group(name)) core_->release(name);
}

void RedisLayer::publish(std::string_view group, GroupEventPtr event) {
    core_->local().publish(group, event);
    core_->publish_far(group, std::move(event));
}

awaitable<> RedisLayer::subscribe(std::shared_ptr<GroupSubscriber> subscriber, std::string group) {
    detail::require_group_size(group);
    if (detail::is_framework_group(group)) {
        co_await core_->local().subscribe(std::move(subscriber), std::move(group));
        co_return;
    }
    detail::Subscribing subscribing(core_, group);
    co_await subscribing;
    const GroupSubscriber* const key = subscriber.get();
    co_await core_->local().subscribe(std::move(subscriber), group);
    core_->add_subscriber(*key, std::move(group));
    subscribing.keep();
}

void RedisLayer::unsubscribe(const GroupSubscriber& subscriber, std::string_view group) noexcept {
    core_->local().unsubscribe(subscriber, group);
    for (std::size_t count = core_->remove_subscriber(subscriber, group); count > 0; --count)
        core_->release(group);
}

std::shared_ptr<RedisLayer> make_redis_layer(RedisOptions options) {
    return std::make_shared<RedisLayer>(std::move(options));
}

}  // namespace chanx
