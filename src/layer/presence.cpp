#include <chanx/layer/presence.hpp>

#include <map>
#include <mutex>

namespace chanx {

struct Presence::State {
    mutable std::mutex mutex;
    std::map<std::string, std::map<std::string, std::size_t, std::less<>>, std::less<>> groups;
};

Presence::Presence() : state_(std::make_unique<State>()) {}
Presence::~Presence() = default;

std::size_t Presence::change(std::string_view group, std::string_view user, bool joins, Callback crossed) {
    const std::lock_guard lock(state_->mutex);
    if (joins) {
        const auto place = state_->groups.try_emplace(std::string(group)).first;
        auto& users = place->second;
        const auto entry = users.try_emplace(std::string(user), 0).first;
        if (++entry->second == 1) {
            try {
                crossed();
            } catch (...) {
                // The caller has not joined.
                users.erase(entry);
                if (users.empty()) state_->groups.erase(place);
                throw;
            }
        }
        return entry->second;
    }
    const auto found_group = state_->groups.find(group);
    if (found_group == state_->groups.end()) return 0;
    const auto found = found_group->second.find(user);
    if (found == found_group->second.end()) return 0;
    if (--found->second > 0) return found->second;
    found_group->second.erase(found);
    if (found_group->second.empty()) state_->groups.erase(found_group);
    crossed();
    return 0;
}

std::vector<Presence::Entry> Presence::list(std::string_view group) const {
    const std::lock_guard lock(state_->mutex);
    std::vector<Entry> entries;
    if (const auto found = state_->groups.find(group); found != state_->groups.end()) {
        for (const auto& [user, connections] : found->second) entries.push_back({user, connections});
    }
    return entries;
}

std::size_t Presence::group_count() const {
    const std::lock_guard lock(state_->mutex);
    return state_->groups.size();
}

}  // namespace chanx
