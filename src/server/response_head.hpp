#pragma once

#include <chanx/http/response.hpp>

#include <string>

namespace chanx::detail {

enum class AfterResponse { keep_alive, close };

/// Whether a response with this status has a body at all (RFC 9110 sections 15.3.5 and 15.4.5).
inline bool has_body(int status) noexcept { return status != 204 && status != 304; }

/// Status line and fields of a response, with the empty line behind them (RFC 9112). Date, Connection and Content-Length are
/// written here, whatever the response says of them.
std::string response_head(const Response& response, AfterResponse after);

}  // namespace chanx::detail
