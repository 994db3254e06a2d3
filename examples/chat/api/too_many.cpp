#include "chat/api/too_many.hpp"

#include <chanx/http/scope.hpp>
#include <chanx/logging.hpp>

#include <string>

namespace chat {

chanx::Response too_many(const chanx::Request& request, std::string_view what, std::chrono::seconds wait) {
    const std::string seconds = std::to_string(wait.count());
    chanx::log(chanx::LogLevel::warn, "too many",
               {{"what", what}, {"peer", request.scope().client().address}, {"seconds", wait.count()}});
    chanx::Response response = chanx::Response::error(
        429, "Too many " + std::string(what) + ": try again in " + seconds + (wait.count() == 1 ? " second" : " seconds"));
    response.set_header("Retry-After", seconds);
    return response;
}

}  // namespace chat
