#pragma once

#include <chanx/layer/channel_layer.hpp>

#include <string>
#include <utility>

namespace chanx::detail {

/// The record of a group that tells its name; all layers here use one of this kind.
class NamedGroup : public LayerGroup {
  public:
    explicit NamedGroup(std::string n) : name(std::move(n)) {}

    const std::string name;
};

}  // namespace chanx::detail
