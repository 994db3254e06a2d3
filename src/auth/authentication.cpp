#include <chanx/auth/authentication.hpp>

#include <chanx/logging.hpp>

#include <stdexcept>

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

std::string not_empty(std::string key) {
    if (key.empty()) {
        throw std::logic_error(
            "chanx: the primary key of the user that was found is empty, which would make the user one "
            "with everybody else without a key: give each user one, or find no user");
    }
    return key;
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
