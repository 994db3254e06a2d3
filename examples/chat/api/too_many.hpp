#pragma once

#include <chanx/http/request.hpp>
#include <chanx/http/response.hpp>

#include <chrono>
#include <string_view>

namespace chat {

/// 429 with Retry-After (RFC 6585 section 4, RFC 9110 section 10.2.3), and a line in the log.
/// @param what  of which there were too many
chanx::Response too_many(const chanx::Request& request, std::string_view what, std::chrono::seconds wait);

}  // namespace chat
