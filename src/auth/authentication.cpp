#include <chanx/auth/authentication.hpp>

#include <chanx/logging.hpp>

namespace chanx::detail {

std::string key_text(std::string_view key) {
    return std::string(key);
}
std::string key_text(std::int64_t key) {
    return std::to_string(key);
}
std::string key_text(std::uint64_t key) {
    return std::to_string(key);
}

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
