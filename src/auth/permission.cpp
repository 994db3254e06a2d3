#include <chanx/auth/permission.hpp>

#include <chanx/logging.hpp>

namespace chanx::detail {

void log_denied(const Scope& scope, std::string_view permission) {
    log(LogLevel::info, "permission denied",
        {{"request", scope.request_id()},
         {"path", scope.path()},
         {"peer", scope.client().address},
         {"permission", permission}});
}

}  // namespace chanx::detail
