#include "layer/presence_link.hpp"

#include "layer/group_name.hpp"
#include "runtime/hex.hpp"

#include <chanx/logging.hpp>
#include <chanx/message/message_set.hpp>

#include <chrono>
#include <mutex>
#include <utility>

namespace chanx::detail {

namespace {

using PresenceMessages =
    MessageSet<PresenceChanged, PresenceBeat, PresenceWanted, PresenceSnapshot, PresenceGone>;

/// Between two turns of a snapshot. The layer has a queue for all, of which this must not be too much.
constexpr std::chrono::milliseconds turn_interval{10};
/// Of what waits to be looked at. What is dropped beyond it is missed, noticed and asked for.
constexpr std::size_t max_waiting_bytes = std::size_t{16} << 20;

}  // namespace

/// Takes events from whatever thread publishes to the link's.
struct PresenceLink::Inbox final : GroupSubscriber {
    explicit Inbox(PresenceLink& owner) : link(owner) {}

    void on_event(const GroupEventPtr& event) noexcept override {
        if (event->kind() != GroupEvent::Kind::event) return;
        const std::lock_guard lock(mutex);
        if (waiting_bytes + event->size() > max_waiting_bytes) return;
        waiting_bytes += event->size();
        waiting.push_back(event);
        if (waiting.size() > 1) return;
        link.loop_.post([this] {
            std::vector<GroupEventPtr> taken;
            {
                const std::lock_guard taking(mutex);
                taken.swap(waiting);
                waiting_bytes = 0;
            }
            for (const auto& each : taken) link.take(each->text());
        });
    }

    PresenceLink& link;
    std::mutex mutex;
    std::vector<GroupEventPtr> waiting;  // guarded by mutex, like the next
    std::size_t waiting_bytes = 0;
};

PresenceLink::PresenceLink(const PresenceOptions& options, PresenceLinkOwner& owner)
    : layer_(options.layer),
      group_(std::string(presence_groups) + options.name),
      node_(random_hex(12)),
      heartbeat_(options.heartbeat),
      owner_(owner),
      beat_([](void* self) { static_cast<PresenceLink*>(self)->tick(); }, this),
      turn_([](void* self) { static_cast<PresenceLink*>(self)->send_turn(); }, this),
      outbox_({.node = node_, .max_message_bytes = layer_->max_event_bytes()}),
      inbox_(std::make_shared<Inbox>(*this)) {
    loop_.post([this] { start(); });
    thread_ = std::thread([this] { loop_.run(); });
}

PresenceLink::~PresenceLink() {
    loop_.post([this] {
        publish(PresenceGone{node_});
        beat_.cancel();
        turn_.cancel();
        loop_.stop();
    });
    thread_.join();
    layer_->unsubscribe(*inbox_, group_);
    loop_.close();
}

void PresenceLink::start() {
    loop_.arm(beat_, heartbeat_);
    loop_.start(
        subscribing_, layer_->subscribe(inbox_, group_),
        [](void* owner, std::exception_ptr error) {
            auto& link = *static_cast<PresenceLink*>(owner);
            try {
                if (error) std::rethrow_exception(error);
                link.publish(PresenceWanted{});
            } catch (const std::exception& failure) {
                chanx::log(LogLevel::error, "presence hears nothing of other processes",
                           {{"what", failure.what()}});
            }
        },
        this);
}

template <class M>
void PresenceLink::publish(const M& message) {
    layer_->publish(group_, GroupEvent::make_event(M::action, encode_message(message)));
}

template <class M>
void PresenceLink::tell(const M& message) {
    outbox_.add({M::action, encode_message(message)});
    if (!turn_.armed()) send_turn();
}

void PresenceLink::send_turn() {
    for (auto& message : outbox_.take_turn()) {
        layer_->publish(group_, GroupEvent::make_event(message.action, std::move(message.text)));
    }
    if (outbox_.left_out() > 0 && left_out_lines_.pass(loop_.now()) > 0) {
        chanx::log(LogLevel::warn, "presence of users with too long names not told to other processes",
                   {{"group", group_},
                    {"count", outbox_.take_left_out()},
                    {"max_bytes", layer_->max_event_bytes()}});
    }
    if (!outbox_.empty()) loop_.arm(turn_, turn_interval);
}

void PresenceLink::send_change(PresenceChanged change) {
    change.node = node_;
    loop_.post([this, change = std::move(change)] { tell(change); });
}

void PresenceLink::ask(const std::string& node) {
    publish(PresenceWanted{node});
}

void PresenceLink::send_snapshot(std::uint64_t version, std::vector<PresencePlace> places) {
    outbox_.begin_snapshot(version, std::move(places));
    send_turn();
}

void PresenceLink::tick() {
    if (wanted_ && outbox_.empty()) answer();
    // Behind the changes that it counts.
    loop_.post([this, version = owner_.on_tick(loop_.now())] { tell(PresenceBeat{node_, version}); });
    loop_.arm(beat_, heartbeat_);
}

void PresenceLink::answer() {
    wanted_ = false;
    answered_ = loop_.now();
    owner_.on_wanted(*this);
}

void PresenceLink::take(const std::string& text) {
    auto decoded = PresenceMessages::decode(text);
    if (!decoded) {
        if (const auto count = refusals_.pass(loop_.now())) {
            chanx::log(LogLevel::warn, "presence message dropped",
                       {{"error", decoded.errors().list().front().type}, {"count", count}});
        }
        return;
    }
    struct Visitor {
        PresenceLink& link;
        bool is_own(const std::string& node) const { return node == link.node_; }
        void operator()(const PresenceChanged& message) const {
            if (!is_own(message.node)) link.owner_.on_changed(link, message);
        }
        void operator()(const PresenceBeat& message) const {
            if (!is_own(message.node)) link.owner_.on_beat(link, message);
        }
        void operator()(const PresenceSnapshot& message) const {
            if (!is_own(message.node)) link.owner_.on_snapshot(link, message);
        }
        void operator()(const PresenceGone& message) const {
            if (!is_own(message.node)) link.owner_.on_gone(message);
        }
        void operator()(const PresenceWanted& message) const {
            if (!message.node.empty() && !is_own(message.node)) return;
            // However many ask: one answer is for all of them.
            const bool lately = link.answered_ && link.loop_.now() - *link.answered_ < link.heartbeat_ / 4;
            if (lately || !link.outbox_.empty()) {
                link.wanted_ = true;
            } else {
                link.answer();
            }
        }
    };
    std::visit(Visitor{*this}, decoded.message());
}

}  // namespace chanx::detail
