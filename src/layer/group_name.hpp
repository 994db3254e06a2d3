#pragma once

#include <cstddef>
#include <string_view>

namespace chanx::detail {

/// In bytes.
inline constexpr std::size_t max_group_name_size = 200;

/// The group that every loop of every process is in, for events that are not for one group's members.
inline constexpr std::string_view everybody = "~everybody";

/// What the groups over which Presences tell each other of their users begin with.
inline constexpr std::string_view presence_groups = "~presence:";

[[noreturn]] void throw_bad_group_name(std::string_view name);

/// Whether the group is one of the framework's own.
inline bool is_framework_group(std::string_view name) noexcept {
    return name.starts_with('~');
}

/// For layers, which carry the framework's groups too: 1 to 200 bytes.
/// @throws ConfigurationError for another
inline void require_group_size(std::string_view name) {
    if (name.empty() || name.size() > max_group_name_size) [[unlikely]]
        throw_bad_group_name(name);
}

/// For every name that the application gives, to join, send or recheck: 1 to 200 bytes, the first of which is
/// not `~`, for such names are the framework's own.
/// @throws ConfigurationError for another
inline void require_group_name(std::string_view name) {
    if (name.empty() || name.size() > max_group_name_size || name.front() == '~') [[unlikely]]
        throw_bad_group_name(name);
}

}  // namespace chanx::detail
