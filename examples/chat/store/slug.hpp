#pragma once

#include <string>
#include <string_view>

namespace chat {

/// A room's name as a path segment: `[a-z0-9]` words joined by single dashes, at most 60 bytes.
/// "Tea & Cake" gives "tea-cake"; a name without an ASCII letter or digit gives "room".
std::string slug_of(std::string_view name);

}  // namespace chat
