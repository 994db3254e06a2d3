#include "consumer/joined_groups.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace chanx::detail {

namespace {

/// From so many names on they are found by an index.
constexpr std::size_t indexed_from = 32;

}  // namespace

struct JoinedGroups::Extras {
    std::unordered_multimap<std::size_t, std::size_t> index;  // from a name's hash to its place
    std::vector<const Membership*> joining;
    std::vector<std::unique_ptr<Membership>> removed;  // while they were joining
};

JoinedGroups::JoinedGroups() = default;
JoinedGroups::~JoinedGroups() = default;

JoinedGroups::Extras& JoinedGroups::extras() const {
    if (!extras_) extras_ = std::make_unique<Extras>();
    return *extras_;
}

std::optional<std::size_t> JoinedGroups::find(std::string_view name) const {
    if (names_.size() < indexed_from) {
        const auto found = std::ranges::find(names_, name);
        if (found == names_.end()) return std::nullopt;
        return static_cast<std::size_t>(found - names_.begin());
    }
    const std::hash<std::string_view> hash;
    auto& index = extras().index;
    for (std::size_t i = index.size(); i < names_.size(); ++i) index.emplace(hash(names_[i]), i);
    const auto [begin, end] = index.equal_range(hash(name));
    for (auto entry = begin; entry != end; ++entry) {
        if (names_[entry->second] == name) return entry->second;
    }
    return std::nullopt;
}

Membership& JoinedGroups::add(std::string name) {
    auto place = std::make_unique<Membership>();
    Membership& result = *place;
    extras().joining.push_back(&result);
    const auto at = places_.begin() + static_cast<std::ptrdiff_t>(names_.size());
    places_.insert(at, std::move(place));
    names_.push_back(std::move(name));
    return result;
}

Membership& JoinedGroups::add_internal() {
    places_.push_back(std::make_unique<Membership>());
    return *places_.back();
}

bool JoinedGroups::settle(const Membership& place) noexcept {
    std::erase(extras_->joining, &place);
    const bool wanted =
        std::ranges::none_of(extras_->removed, [&](const auto& removed) { return removed.get() == &place; });
    if (extras_->joining.empty() && extras_->removed.empty() && extras_->index.empty()) extras_ = nullptr;
    return wanted;
}

void JoinedGroups::drop(const Membership& place) noexcept {
    std::erase_if(extras_->removed, [&](const auto& removed) { return removed.get() == &place; });
    if (extras_->joining.empty() && extras_->removed.empty() && extras_->index.empty()) extras_ = nullptr;
}

std::optional<std::unique_ptr<Membership>> JoinedGroups::remove(std::string_view name) {
    const auto found = find(name);
    if (!found) return std::nullopt;
    const auto at = static_cast<std::ptrdiff_t>(*found);
    std::unique_ptr<Membership> place = std::move(places_[*found]);
    places_.erase(places_.begin() + at);
    names_.erase(names_.begin() + at);
    if (extras_) {
        extras_->index.clear();
        if (std::ranges::find(extras_->joining, place.get()) != extras_->joining.end()) {
            extras_->removed.push_back(std::move(place));
        }
    }
    return place;
}

}  // namespace chanx::detail
