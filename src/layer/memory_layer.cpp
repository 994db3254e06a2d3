#include <chanx/error.hpp>
#include <chanx/layer/memory_layer.hpp>

#include <algorithm>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "layer/group_name.hpp"
#include "layer/named_group.hpp"
#include "runtime/loop.hpp"

namespace chanx {

namespace {

struct Shard;

/// One member, as a drain needs it; no member: a hole.
struct Place {
    GroupMember* member;
    Membership* membership;
};

/// A group's members on one shard; only that shard's thread touches the list.
struct LocalMembers {
    Shard* shard;
    std::vector<Place> list;
    std::size_t count = 0;  // guarded by the group's mutex
    bool lost = false;      // a Waiting without an event is there; guarded by the shard's mutex
};

struct Group final : detail::NamedGroup {
    using NamedGroup::NamedGroup;

    std::mutex mutex;                                   // the order of the group's events
    std::vector<std::unique_ptr<LocalMembers>> shards;  // those that have members; guarded by mutex
    std::size_t members = 0;                            // guarded by mutex
    std::vector<std::shared_ptr<GroupSubscriber>> subscribers;  // guarded by mutex

    bool used() const noexcept { return members > 0 || !subscribers.empty(); }
};

struct Waiting {
    std::shared_ptr<Group> group;
    LocalMembers* members;
    GroupEventPtr event;  // null: events were lost
};

/// How many deliveries a loop makes for others before it serves its sockets again: a loop that is published to without
/// end must not stand still.
constexpr std::size_t deliveries_per_turn = 4096;
constexpr std::size_t everything = static_cast<std::size_t>(-1);

struct Shard {
    explicit Shard(detail::Loop& l) : loop(l) {}

    detail::Loop& loop;
    std::mutex mutex;
    std::vector<Waiting> inbox;  // guarded by mutex, like the next three
    std::size_t inbox_bytes = 0;
    std::size_t batch_bytes = 0;
    bool wake_posted = false;
    bool draining = false;        // loop's thread only, like the next three
    std::vector<Waiting> batch;  // taken from the inbox; delivered up to `next`
    std::size_t next = 0;
    std::vector<std::pair<std::shared_ptr<Group>, LocalMembers*>> holes;  // lists that were left meanwhile
};

}  // namespace

struct MemoryLayer::State {
    Options options;
    std::vector<std::unique_ptr<Shard>> shards;  // fixed once loops run
    mutable std::shared_mutex mutex;             // the table; a group's own mutex is taken inside it
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    std::unordered_map<std::string, std::shared_ptr<Group>, Hash, std::equal_to<>> groups;
    std::size_t member_count = 0;  // of all groups; guarded by mutex

    Shard* shard_of(const detail::Loop* loop) const {
        for (const auto& shard : shards) {
            if (&shard->loop == loop) return shard.get();
        }
        return nullptr;
    }

    std::shared_ptr<Group> group_named(std::string name) {
        auto& entry = groups[name];
        if (!entry) entry = std::make_shared<Group>(std::move(name));
        return entry;
    }

    void drain(Shard& shard, std::size_t most);
    static void deliver(Shard& shard, std::size_t& most);
    static void take_inbox(Shard& shard);
    void wake(Shard& shard) {
        shard.loop.post([this, &shard] {
            {
                const std::lock_guard lock(shard.mutex);
                shard.wake_posted = false;
            }
            drain(shard, deliveries_per_turn);
        });
    }
};

MemoryLayer::MemoryLayer() : MemoryLayer(Options{}) {}
MemoryLayer::MemoryLayer(Options options) : state_(std::make_unique<State>()) { state_->options = options; }
MemoryLayer::~MemoryLayer() = default;

void MemoryLayer::attach(detail::Loop& loop) {
    const std::unique_lock table(state_->mutex);
    state_->shards.push_back(std::make_unique<Shard>(loop));
}

void MemoryLayer::detach(detail::Loop& loop) {
    const std::unique_lock table(state_->mutex);
    std::erase_if(state_->shards, [&](const auto& shard) { return &shard->loop == &loop; });
}

awaitable<> MemoryLayer::join(Membership& membership, std::string name) {
    detail::require_group_size(name);
    Shard* const shard = state_->shard_of(&membership.member->loop());
    if (shard == nullptr) throw ConfigurationError("chanx: the member's loop was not attached to the channel layer");

    const std::unique_lock table(state_->mutex);
    std::shared_ptr<Group> group = state_->group_named(std::move(name));
    const std::lock_guard lock(group->mutex);
    auto local = std::ranges::find(group->shards, shard, [](const auto& members) { return members->shard; });
    if (local == group->shards.end()) {
        group->shards.push_back(std::make_unique<LocalMembers>(LocalMembers{shard, {}}));
        local = std::prev(group->shards.end());
    }
    auto& list = (*local)->list;
    membership.index = list.size();
    list.push_back({membership.member, &membership});
    ++(*local)->count;
    ++group->members;
    ++state_->member_count;
    membership.group = std::move(group);
    co_return;
}

void MemoryLayer::leave(Membership& membership) noexcept {
    if (!membership.group) return;
    const auto group = std::static_pointer_cast<Group>(std::exchange(membership.group, nullptr));
    const std::unique_lock table(state_->mutex);
    const std::lock_guard lock(group->mutex);
    Shard* const shard = state_->shard_of(&membership.member->loop());
    const auto local = std::ranges::find(group->shards, shard, [](const auto& members) { return members->shard; });
    auto& list = (*local)->list;
    --(*local)->count;
    if (shard->draining) {
        // The drain may be going through this list; the hole is closed at its end.
        list[membership.index] = {};
        shard->holes.emplace_back(group, local->get());
    } else {
        list.back().membership->index = membership.index;
        list[membership.index] = list.back();
        list.pop_back();
    }
    --group->members;
    --state_->member_count;
    if (!group->used()) state_->groups.erase(group->name);
}

awaitable<> MemoryLayer::subscribe(std::shared_ptr<GroupSubscriber> subscriber, std::string name) {
    detail::require_group_size(name);
    const std::unique_lock table(state_->mutex);
    const std::shared_ptr<Group> group = state_->group_named(std::move(name));
    const std::lock_guard lock(group->mutex);
    group->subscribers.push_back(std::move(subscriber));
    co_return;
}

void MemoryLayer::unsubscribe(const GroupSubscriber& subscriber, std::string_view name) noexcept {
    std::vector<std::shared_ptr<GroupSubscriber>> gone;  // destroyed when nothing is locked
    const std::unique_lock table(state_->mutex);
    const auto found = state_->groups.find(name);
    if (found == state_->groups.end()) return;
    const std::shared_ptr<Group> group = found->second;
    const std::lock_guard lock(group->mutex);
    const auto [first, last] =
        std::ranges::partition(group->subscribers, [&](const auto& each) { return each.get() != &subscriber; });
    gone.assign(std::move_iterator(first), std::move_iterator(last));
    group->subscribers.erase(first, last);
    if (!group->used()) state_->groups.erase(found);
}

void MemoryLayer::publish(std::string_view name, GroupEventPtr event) {
    Shard* own = nullptr;
    {
        std::shared_lock table(state_->mutex);
        const auto found = state_->groups.find(name);
        if (found == state_->groups.end()) return;
        const std::shared_ptr<Group> group = found->second;
        const std::lock_guard lock(group->mutex);
        table.unlock();
        for (const auto& subscriber : group->subscribers) subscriber->on_event(event);
        for (const auto& members : group->shards) {
            if (members->count == 0) continue;
            Shard& shard = *members->shard;
            const bool here = &shard.loop == detail::Loop::current();
            const std::lock_guard inbox_lock(shard.mutex);
            if (members->lost) continue;  // they will be closed: one entry says so, however many events come
            if (shard.inbox_bytes + shard.batch_bytes + event->size() > state_->options.max_inbox_bytes &&
                !shard.inbox.empty()) {
                shard.inbox.push_back({group, members.get(), nullptr});
                members->lost = true;
            } else {
                shard.inbox.push_back({group, members.get(), event});
                shard.inbox_bytes += event->size();
            }
            if (here) {
                own = &shard;
            } else if (!std::exchange(shard.wake_posted, true)) {
                state_->wake(shard);
            }
        }
    }
    if (own != nullptr) state_->drain(*own, everything);
}

void MemoryLayer::drain(detail::Loop& loop) {
    if (Shard* shard = state_->shard_of(&loop)) state_->drain(*shard, everything);
}

/// Delivers what was taken before and then what is in the inbox now, but not what comes meanwhile.
void MemoryLayer::State::drain(Shard& shard, std::size_t most) {
    if (shard.draining) return;
    shard.draining = true;
    deliver(shard, most);
    if (shard.next == shard.batch.size()) {
        take_inbox(shard);
        deliver(shard, most);
    }
    for (auto& [group, members] : std::exchange(shard.holes, {})) {
        std::erase_if(members->list, [](const Place& place) { return place.member == nullptr; });
        for (std::size_t i = 0; i < members->list.size(); ++i) members->list[i].membership->index = i;
    }
    shard.draining = false;

    const std::lock_guard lock(shard.mutex);
    const bool left = shard.next < shard.batch.size() || !shard.inbox.empty();
    if (left && !std::exchange(shard.wake_posted, true)) wake(shard);
}

void MemoryLayer::State::take_inbox(Shard& shard) {
    shard.batch.clear();
    shard.next = 0;
    const std::lock_guard lock(shard.mutex);
    shard.batch_bytes = std::exchange(shard.inbox_bytes, 0);
    shard.batch.swap(shard.inbox);
    for (const auto& waiting : shard.batch) {
        if (!waiting.event) waiting.members->lost = false;
    }
}

void MemoryLayer::State::deliver(Shard& shard, std::size_t& most) {
    while (shard.next < shard.batch.size() && most > 0) {
        // Not by reference: it is given back as soon as it is delivered.
        const Waiting waiting = std::move(shard.batch[shard.next++]);
        // It does not grow or move meanwhile, but its entries may be emptied.
        const auto& list = waiting.members->list;
        most -= std::min(most, std::max<std::size_t>(list.size(), 1));
        if (waiting.event) {
            GroupDelivery delivery(waiting.event, list.size());
            for (const Place& place : list) {
                if (place.member != nullptr) place.member->deliver(delivery);
            }
        } else {
            for (const Place& place : list) {
                if (place.member != nullptr) place.member->overflowed();
            }
        }
    }
}

ChannelLayer::Counts MemoryLayer::counts() const {
    Counts counts;
    const std::shared_lock table(state_->mutex);
    counts.groups = state_->groups.size();
    counts.members = state_->member_count;
    for (const auto& shard : state_->shards) {
        const std::lock_guard lock(shard->mutex);
        counts.waiting += shard->inbox.size();
    }
    return counts;
}

}  // namespace chanx
