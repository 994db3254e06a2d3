#include "chat/parse_id.hpp"

#include <charconv>

namespace chat {

std::optional<std::int64_t> parse_id(std::string_view text) noexcept {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
    return value;
}

}  // namespace chat
