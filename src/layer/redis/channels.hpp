#pragma once

#include "layer/group_name.hpp"

#include <chanx/layer/group_event.hpp>

#include <string>
#include <string_view>

namespace chanx::detail {

/// The key of the channel that every process listens to; no group that has a channel of its own is called so.
inline constexpr std::string_view control_key = "~";

/// Which channel an event goes over: its group's, or the one of all. Rechecks and closes go over that one,
/// for they concern connections that are only just joining a group. What a channel carries is numbered by its
/// key.
inline std::string_view channel_key(std::string_view group, GroupEvent::Kind kind) noexcept {
    if (kind == GroupEvent::Kind::recheck || kind == GroupEvent::Kind::close) return control_key;
    return is_framework_group(group) ? control_key : group;
}

/// Whether others are to notice the loss of one. What Presences tell each other they count themselves; on the
/// channel of all, a loss of theirs would have everybody checked again.
inline bool is_numbered(std::string_view group, GroupEvent::Kind kind) noexcept {
    return kind != GroupEvent::Kind::event || !group.starts_with(presence_groups);
}

/// A channel's name in Redis.
inline std::string channel_name(std::string_view prefix, std::string_view key) {
    return std::string(prefix)
        .append(key == control_key ? "control" : "group:")
        .append(key == control_key ? "" : key);
}

}  // namespace chanx::detail
