#include <chanx/auth/authentication.hpp>

#include <chanx/logging.hpp>

namespace chanx::detail {

void log_refused(const Scope& scope, std::string_view authenticator, std::string_view reason) {
    log(LogLevel::info, "credentials refused",
        {{"connection", scope.connection_id()},
         {"request", scope.request_id()},
         {"path", scope.path()},
         {"peer", scope.client().address},
         {"authenticator", authenticator},
         {"reason", reason}});
}

}  // namespace chanx::detail
