#pragma once

#include <stdexcept>
#include <string>

namespace chanx {

/// The application is put together wrongly: thrown before a server listens, or at the first use of what is
/// missing. The text says what to change.
class ConfigurationError : public std::logic_error {
 public:
    using std::logic_error::logic_error;
};

/// Thrown by application code to refuse: in an HTTP handler it becomes the response, during the connect phase
/// of a consumer the `authentication` frame and close code, in a message handler the `error` frame.
///
/// @code
/// throw chanx::ApiException(409, "That name is taken");
/// @endcode
class ApiException : public std::runtime_error {
 public:
    /// @param status  HTTP status, 400 to 599; another one counts as 500, for it would not refuse
    /// @param detail  a sentence for the client; must not hold internals
    ApiException(int status, const std::string& detail) 
        : std::runtime_error(detail), status_(status >= 400 && status <= 599 ? status : 500) {}

    int status() const noexcept { return status_; }
    std::string detail() const { return what(); }

 private:
    int status_;
};

/// Thrown out of a `co_await` whose task was cancelled: the connection has ended or a deadline has passed.
/// Let it pass; what must be done at the end belongs into `on_disconnect`.
class Cancelled : public std::runtime_error {
 public:
    Cancelled() : std::runtime_error("the task was cancelled") {}
};

}  // namespace chanx
