#include "consumer/session.hpp"

#include <exception>
#include <stdexcept>
#include <string>

#include "layer/group_name.hpp"

// The groups that a session's connection is in.

namespace chanx::detail {

const std::vector<std::string>& Session::groups() const noexcept {
    static const std::vector<std::string> none;
    return groups_ ? groups_->names() : none;
}

JoinedGroups& Session::groups_with_room() {
    if (!groups_) groups_ = std::make_unique<JoinedGroups>();
    if (groups_->size() >= settings_.max_groups_per_connection) {
        throw std::length_error("chanx: this connection is already in " + std::to_string(groups_->size()) +
                                " groups (Settings::max_groups_per_connection)");
    }
    return *groups_;
}

awaitable<> Session::join(std::string group) {
    require_open();
    require_group_name(group);
    if (ending_ || (groups_ && groups_->contains(group))) co_return;
    Membership& place = groups_with_room().add(group);
    place.member = this;
    std::exception_ptr error;
    try {
        co_await host_.layer().join(place, group);
    } catch (...) {
        error = std::current_exception();
    }
    // It may have ended while the layer was asked, or have left the group again.
    const bool wanted = groups_->settle(place);
    if (!error && (!wanted || ending_)) host_.layer().leave(place);
    if (!wanted) groups_->drop(place);
    if (error) {
        if (wanted) groups_->remove(group);
        std::rethrow_exception(error);
    }
}

awaitable<> Session::join_login(std::string session_key) {
    if (ending_) co_return;
    Membership& place = groups_with_room().add_internal();
    place.member = this;
    co_await host_.layer().join(place, session_group(session_key));
    if (ending_) host_.layer().leave(place);
}

bool Session::leave(std::string_view group) {
    if (!groups_) return false;
    const auto place = groups_->remove(group);
    if (!place) return false;
    if (*place) host_.layer().leave(**place);
    return true;
}

void Session::leave_groups() noexcept {
    if (!groups_) return;
    groups_->for_each([this](Membership& place) { host_.layer().leave(place); });
}

}  // namespace chanx::detail
