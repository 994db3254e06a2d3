#pragma once

#include <cstdint>
#include <string_view>

namespace chanx::detail {

/// A hash for tables whose keys peers choose: with a secret of this process, so that nobody finds two that collide; never
/// 0. From any thread.
std::uint64_t keyed_hash(std::string_view text);

}  // namespace chanx::detail
