#pragma once

#include <string>
#include <string_view>

namespace chanx::testing {

/// A message as the payload of a compressed frame, as a client makes it: compressed even where it grows by
/// that.
[[nodiscard]] std::string deflated(std::string_view message);
/// The message of a compressed frame.
/// @throws CommunicatorError where the payload is not compressed
[[nodiscard]] std::string inflated(std::string_view payload);

}  // namespace chanx::testing
