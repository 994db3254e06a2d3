#pragma once

#include <cstddef>

namespace chanx {

/// How often something may be done: `burst` times at once, and then `per_second` times a second (a token bucket). What
/// is both 0 is no limit.
///
/// @code
/// struct ChatMessage {
///     static constexpr std::string_view action = "chat";
///     static constexpr chanx::RateLimit rate_limit{.per_second = 5, .burst = 20};
///     std::string payload;
/// };
/// @endcode
struct RateLimit {
    double per_second = 0;
    std::size_t burst = 0;

    constexpr bool limited() const noexcept { return per_second > 0; }
    friend constexpr bool operator==(const RateLimit&, const RateLimit&) = default;
};

}  // namespace chanx
