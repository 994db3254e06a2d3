#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chat {

/// What one password hash costs: argon2id's passes and memory. The default is libsodium's "interactive"
/// level: 64 MiB and some 50 ms to 100 ms of one core, so hashing belongs on a small bounded pool. Tests may
/// pass `cheap_cost`.
struct PasswordCost {
    unsigned long long passes = 2;
    std::size_t memory = std::size_t{64} << 20;  ///< bytes
};

/// For tests only: almost nothing.
inline constexpr PasswordCost cheap_cost{.passes = 1, .memory = 8192};

/// A hash with its salt and cost, as printable text. Throws std::runtime_error when there is no memory for
/// it.
std::string hash_password(std::string_view password, PasswordCost cost = {});

/// Whether `hash` is hash_password() of `password`. False for what is no hash. Throws like hash_password().
bool verify_password(const std::string& hash, std::string_view password);

/// Takes as long as verify_password() and is always false: for a name that nobody has, so that the time of
/// the answer does not tell which names exist. `cost` is the one that the users' hashes were made with.
bool burn_one_hash(std::string_view password, PasswordCost cost = {});

/// Overwrites the text before it is freed, in a way that the compiler can't leave out; leaves it empty.
void wipe(std::string& secret) noexcept;

}  // namespace chat
