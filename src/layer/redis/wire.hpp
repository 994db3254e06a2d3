#pragma once

#include <chanx/layer/group_event.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What goes over Redis: docs/reference/redis.md.

namespace chanx::detail {

inline constexpr int wire_version = 1;

/// A publication's place among those of one publisher in one channel. A publisher that has forgotten a
/// channel begins anew, with a greater epoch.
struct WireNumber {
    std::uint64_t epoch = 0;
    std::uint64_t seq = 0;
    /// How many just before this one were never sent.
    std::uint64_t lost = 0;
};

/// A channel's last number, as a heartbeat tells it.
struct LastNumber {
    std::string channel;
    std::uint64_t epoch = 0;
    std::uint64_t seq = 0;
    /// How long ago it was given, in milliseconds.
    std::uint64_t age = 0;
};

struct WireMessage {
    /// The publisher's id; empty where there is none.
    std::string from{};
    std::optional<WireNumber> number{};
    /// Where it is for a group other than the channel's.
    std::string group{};
    /// Null for a heartbeat.
    GroupEventPtr event{};
    std::vector<LastNumber> last{};
};

/// Why something is not taken.
enum class WireError : std::uint8_t { too_long, malformed, unknown_version, unknown_kind };
inline constexpr std::size_t wire_error_count = 4;
std::string_view name_of(WireError error) noexcept;

/// @param group  named in the message where it is not empty
/// @param number  with a seq of 0: the message goes without
std::string encode_wire(std::string_view from, const WireNumber& number, std::string_view group,
                        const GroupEvent& event);
std::string encode_heartbeat(std::string_view from, const std::vector<LastNumber>& last);
/// Whether encode_wire() or encode_heartbeat() has made the text for this publisher; without reading all of
/// it.
bool is_from(std::string_view text, std::string_view from) noexcept;
bool is_heartbeat_from(std::string_view text, std::string_view from) noexcept;

/// Reads what anybody may have published.
std::variant<WireMessage, WireError> decode_wire(std::string_view text, std::size_t max_bytes);

/// Names may be any bytes and JSON is UTF-8: what is not printable ASCII, and '%', becomes %XX.
std::string escape_name(std::string_view name);
std::optional<std::string> unescape_name(std::string_view text);

}  // namespace chanx::detail
