#include "layer/presence_view.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace chanx::detail {

const PresenceView::Count* PresenceView::find(std::string_view group, std::string_view user) const {
    const auto users = groups_.find(group);
    if (users == groups_.end()) return nullptr;
    const auto found = users->second.find(user);
    return found == users->second.end() ? nullptr : &found->second;
}

PresenceView::Count& PresenceView::count(std::string_view group, std::string_view user) {
    auto users = groups_.find(group);
    if (users == groups_.end()) users = groups_.try_emplace(std::string(group)).first;
    auto found = users->second.find(user);
    if (found == users->second.end()) found = users->second.try_emplace(std::string(user)).first;
    return found->second;
}

void PresenceView::forget_if_zero(std::string_view group, std::string_view user) {
    const auto users = groups_.find(group);
    const auto found = users->second.find(user);
    if (found->second.local + found->second.remote > 0) return;
    users->second.erase(found);
    if (users->second.empty()) groups_.erase(users);
}

std::size_t PresenceView::local(std::string_view group, std::string_view user) const {
    const Count* found = find(group, user);
    return found == nullptr ? 0 : found->local;
}

std::size_t PresenceView::total(std::string_view group, std::string_view user) const {
    const Count* found = find(group, user);
    return found == nullptr ? 0 : found->local + found->remote;
}

void PresenceView::set_local(std::string_view group, std::string_view user, std::size_t connections) {
    count(group, user).local = connections;
    forget_if_zero(group, user);
}

std::vector<Presence::Entry> PresenceView::list(std::string_view group) const {
    std::vector<Presence::Entry> entries;
    if (const auto found = groups_.find(group); found != groups_.end()) {
        for (const auto& [user, count] : found->second) entries.push_back({user, count.local + count.remote});
    }
    return entries;
}

std::vector<PresencePlace> PresenceView::local_places() const {
    std::vector<PresencePlace> places;
    for (const auto& [group, users] : groups_) {
        for (const auto& [user, count] : users) {
            if (count.local > 0) places.push_back({group, user, count.local});
        }
    }
    return places;
}

void PresenceView::set_remote(Node& node, const std::string& group, const std::string& user,
                              std::size_t connections, Crossings& crossings) {
    auto& users = node.groups[group];
    const auto [place, is_new] = users.try_emplace(user, 0);
    if (is_new && connections > 0 && !has_room()) {
        node.incomplete = true;
        connections = 0;
    }
    Count& counted = count(group, user);
    const std::size_t before = counted.local + counted.remote;
    counted.remote = counted.remote - place->second + connections;
    const std::size_t after = counted.local + counted.remote;
    if (is_new) ++remote_places_;
    place->second = connections;
    if (connections == 0) {
        --remote_places_;
        users.erase(place);
        if (users.empty()) node.groups.erase(group);
        forget_if_zero(group, user);
    }
    if ((before == 0) != (after == 0)) crossings.push_back({group, user, after > 0});
}

void PresenceView::replace(Node& node, std::vector<PresencePlace> places, Crossings& crossings) {
    std::set<std::pair<std::string_view, std::string_view>> kept;
    for (const auto& place : places) kept.emplace(place.group, place.user);
    std::vector<std::pair<std::string, std::string>> gone;
    for (const auto& [group, users] : node.groups) {
        for (const auto& [user, connections] : users) {
            if (!kept.contains({group, user})) gone.emplace_back(group, user);
        }
    }
    for (const auto& [group, user] : gone) set_remote(node, group, user, 0, crossings);
    for (const auto& place : places) set_remote(node, place.group, place.user, place.connections, crossings);
}

PresenceView::Nodes::iterator PresenceView::erase(Nodes::iterator node, Crossings& crossings) {
    replace(node->second, {}, crossings);
    const auto next = nodes_.erase(node);
    nodes_refused_ = false;  // said again if it still is
    if (has_room()) {
        // The next beat has them asked.
        for (auto& [id, other] : nodes_) {
            if (other.incomplete) other.known = false;
        }
    }
    return next;
}

bool PresenceView::overfull() const noexcept {
    return nodes_refused_ ||
           std::ranges::any_of(nodes_, [](const auto& node) { return node.second.incomplete; });
}

PresenceView::Node* PresenceView::hear(const std::string& node, TimePoint now) {
    auto found = nodes_.find(node);
    if (found == nodes_.end()) {
        if (nodes_.size() >= options_.max_nodes) {
            nodes_refused_ = true;
            return nullptr;
        }
        found = nodes_.try_emplace(node).first;
    }
    if (!looked_) looked_ = now;
    found->second.heard = now;
    return &found->second;
}

PresenceView::Next PresenceView::ask(Node& node, TimePoint now) {
    node.known = false;
    if (node.asked && now - *node.asked < options_.patience) return Next::nothing;
    node.asked = now;
    return Next::ask;
}

PresenceView::Next PresenceView::apply(const PresenceChanged& change, TimePoint now, Crossings& crossings) {
    Node* const heard = hear(change.node, now);
    if (heard == nullptr) return Next::nothing;
    Node& node = *heard;
    if (!node.known && change.version == 1) node.known = true;  // it is its first: nothing was missed
    if (node.known && change.version <= node.version) return Next::nothing;
    if (!node.known || change.version != node.version + 1) {
        return ask(node, now);
    }
    node.version = change.version;
    set_remote(node, change.group, change.user, change.connections, crossings);
    return Next::nothing;
}

PresenceView::Next PresenceView::apply(const PresenceBeat& beat, TimePoint now) {
    Node* const heard = hear(beat.node, now);
    if (heard == nullptr) return Next::nothing;
    Node& node = *heard;
    if (beat.version == 0) node.known = true;
    // Others' users may have gone one by one. Not at each beat, for there may be as many who come.
    const bool may_fill = node.incomplete && has_room() && now - node.filled >= options_.lease;
    if (!node.known || beat.version > node.version || may_fill) {
        return ask(node, now);
    }
    return Next::nothing;
}

PresenceView::Next PresenceView::apply(const PresenceSnapshot& part, TimePoint now, Crossings& crossings) {
    Node* const heard = hear(part.node, now);
    if (heard == nullptr) return Next::nothing;
    Node& node = *heard;
    if (part.part == 0) {
        node.places.clear();
        node.cut = false;
        node.snapshot_version = part.version;
        node.next_part = 0;
    }
    if (part.version != node.snapshot_version || part.part != node.next_part)
        return Next::nothing;  // asked again
    ++node.next_part;
    const std::size_t taken = std::min(part.places.size(), options_.max_remote_places - node.places.size());
    node.places.insert(node.places.end(), part.places.begin(),
                       part.places.begin() + static_cast<std::ptrdiff_t>(taken));
    node.cut = node.cut || taken < part.places.size();
    if (!part.last) return Next::nothing;
    std::vector<PresencePlace> places = std::exchange(node.places, {});
    node.next_part = 0;
    if (node.known && part.version <= node.version) return Next::nothing;
    // What it did after the snapshot comes behind it.
    node.version = part.version;
    node.known = true;
    node.asked.reset();
    node.filled = now;
    node.incomplete = node.cut;
    replace(node, std::move(places), crossings);
    return Next::nothing;
}

void PresenceView::apply(const PresenceGone& gone, Crossings& crossings) {
    const auto node = nodes_.find(gone.node);
    if (node == nodes_.end()) return;
    erase(node, crossings);
}

std::size_t PresenceView::expire(TimePoint now, Crossings& crossings) {
    if (looked_ && options_.heartbeat > Duration::zero() && now - *looked_ > 2 * options_.heartbeat) {
        const Duration stood_still = now - *looked_ - options_.heartbeat;
        for (auto& [id, node] : nodes_) node.heard = std::min(now, node.heard + stood_still);
    }
    looked_ = now;
    std::size_t expired = 0;
    for (auto node = nodes_.begin(); node != nodes_.end();) {
        if (now - node->second.heard < options_.lease) {
            ++node;
            continue;
        }
        node = erase(node, crossings);
        ++expired;
    }
    return expired;
}

}  // namespace chanx::detail
