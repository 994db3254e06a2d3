#pragma once

#include <chanx/layer/channel_layer.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace chanx::detail {

/// The record of a group that tells its name; all layers here use one of this kind.
class NamedGroup : public LayerGroup {
  public:
    explicit NamedGroup(std::string n) : name(std::move(n)) {}

    const std::string name;
};

/// @throws ConfigurationError for a name that has not 1 to 200 bytes
void require_group_name(std::string_view name);

/// Whether the group is one of the framework's own.
inline bool is_framework_group(std::string_view name) noexcept {
    return name.starts_with('~');
}

}  // namespace chanx::detail
