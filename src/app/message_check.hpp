#pragma once

#include <chanx/json/encode.hpp>
#include <chanx/routing/route_info.hpp>

#include <span>

namespace chanx::detail {

/// Looks through the messages that the consumers of the routes name in their policies for what can't be with
/// these settings: fields that are one on the wire or have the name of the action, and patterns that RE2
/// refuses.
/// @throws ConfigurationError naming type and fields
void check_messages(std::span<const RouteInfo> routes, const EncodeOptions& encoding);

}  // namespace chanx::detail
