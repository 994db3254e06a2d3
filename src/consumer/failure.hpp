#pragma once

#include <chanx/consumer/websocket_consumer.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace chanx::detail {

/// What the log says of an exception.
std::string text_of(const std::exception_ptr& error);

/// Whether it is how a cancelled wait ends: Cancelled, or an operation of Asio's that was aborted.
bool is_cancellation(const std::exception_ptr& error);

/// What a client may know of a failure: an ApiException's words, nothing of any other.
struct PublicFailure {
    int status;
    std::string detail;
    /// It is an ApiException: a refusal, not a fault.
    bool expected;
};
PublicFailure public_view(const std::exception_ptr& error, std::string_view otherwise);

/// What a connection is closed with that was refused with an HTTP status.
std::uint16_t close_code_of(int status) noexcept;

/// A consumer's answer that no client would understand is a mistake of the application.
/// @throws std::logic_error
void require_valid(const ConnectResponse& response, const Scope& scope);

}  // namespace chanx::detail
