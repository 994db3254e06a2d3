#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace chanx::detail {

/// Two digits for each byte.
std::string to_hex(std::span<const unsigned char> bytes);

/// Digits that nobody guesses, nor makes twice, for ids of requests, logins and processes.
/// @param bytes  of randomness, 64 at most
/// @throws std::runtime_error where libsodium can't be initialised
std::string random_hex(std::size_t bytes);

}  // namespace chanx::detail
