#pragma once

#include <cstddef>

namespace chanx::detail {

/// Descriptors that a server needs besides those of its connections.
inline constexpr std::size_t descriptor_reserve = 512;

/// Raises this process's soft limit of descriptors to the hard one. @return what holds then
std::size_t raise_descriptor_limit() noexcept;
std::size_t descriptor_limit() noexcept;

/// A line in the log where the limit is below what connections may need.
void check_descriptor_limit(std::size_t limit, std::size_t max_connections);

}  // namespace chanx::detail
