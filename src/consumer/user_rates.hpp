#pragma once

#include <chanx/rate_limit.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "consumer/token_bucket.hpp"

namespace chanx::detail {

/// What users have used up of the limits that hold over all their connections in this process. From any thread.
///
/// A user is forgotten when nothing is used up any more. There is room for `most` that are not; who comes beyond it is
/// not limited by these limits until there is room again, and a warning is logged.
class UserRates {
 public:
    static constexpr std::size_t most = 65'536;

    /// @param user  empty where there is none: the connection stands for it
    /// @param type  what is limited; null for messages of all types
    /// @return zero, or for how long no more are taken
    Duration take(std::string_view user, std::uint64_t connection, const void* type, const RateLimit& limit, TimePoint now);
    /// How many are remembered.
    std::size_t size();

 private:
    struct Name {
        std::string_view user;
        std::uint64_t connection;
        const void* type;
        bool operator==(const Name&) const = default;
    };
    struct Key {
        std::string user;
        std::uint64_t connection;
        const void* type;
        operator Name() const noexcept { return {user, connection, type}; }
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const Name& name) const noexcept;
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const Name& a, const Name& b) const noexcept { return a == b; }
    };
    /// A share of the users, so that loops seldom wait for each other.
    struct Share {
        std::mutex mutex;
        std::unordered_map<Key, TokenBucket, Hash, Equal> buckets;
        std::size_t tidy_at = 64;
        TimePoint tidied{};
        TimePoint warned{};
        bool has_warned = false;
    };
    static constexpr std::size_t share_count = 16;

    /// Forgets who can be. False where there is no room for one more.
    static bool make_room(Share& share, TimePoint now);

    std::array<Share, share_count> shares_;
};

}  // namespace chanx::detail
