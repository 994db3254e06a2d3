#include <chanx/auth/session.hpp>

#include "runtime/hex.hpp"

#include <sodium.h>

#include <array>
#include <stdexcept>

namespace chanx {

namespace {

constexpr std::size_t id_bytes = 32;

void initialise() {
    static const int result = sodium_init();
    if (result < 0) throw std::runtime_error("chanx: libsodium could not be initialised");
}

}  // namespace

NewSession make_session_id() {
    std::string id = detail::random_hex(id_bytes);
    std::string key = session_key_of(id);
    return {std::move(id), std::move(key)};
}

std::string session_key_of(const Scope& scope) {
    const auto cookie = scope.cookie(session_cookie_name);
    return cookie ? session_key_of(*cookie) : std::string();
}

std::string session_key_of(std::string_view id) {
    if (id.size() != id_bytes * 2) return {};
    for (const char c : id) {
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return {};
    }
    initialise();
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(id.data()), id.size());
    return detail::to_hex(hash);
}

Cookie session_cookie(std::string id, std::chrono::seconds max_age, bool secure) {
    return Cookie{.name = std::string(session_cookie_name),
                  .value = std::move(id),
                  .max_age = max_age,
                  .secure = secure};
}

}  // namespace chanx
