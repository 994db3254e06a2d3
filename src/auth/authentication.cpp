#include <chanx/auth/authentication.hpp>

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

}  // namespace chanx::detail
