#include "chat/password.hpp"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace chat {
namespace {

static_assert(PasswordCost{}.passes == crypto_pwhash_OPSLIMIT_INTERACTIVE);
static_assert(PasswordCost{}.memory == crypto_pwhash_MEMLIMIT_INTERACTIVE);
static_assert(cheap_cost.passes == crypto_pwhash_OPSLIMIT_MIN &&
              cheap_cost.memory == crypto_pwhash_MEMLIMIT_MIN);

void use_sodium() {
    static const bool ready = [] {
        if (sodium_init() < 0) {
            throw std::runtime_error("libsodium can't be initialised: the system gives no random numbers");
        }
        return true;
    }();
    static_cast<void>(ready);
}

[[noreturn]] void refuse_cost(PasswordCost cost) {
    throw std::runtime_error("password hash: not enough memory, or a cost out of bounds (" +
                             std::to_string(cost.memory) + " bytes, " + std::to_string(cost.passes) +
                             " passes)");
}

}  // namespace

std::string hash_password(std::string_view password, PasswordCost cost) {
    use_sodium();
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    if (crypto_pwhash_str(hash.data(), password.data(), password.size(), cost.passes, cost.memory) != 0) {
        refuse_cost(cost);
    }
    return hash.data();
}

bool verify_password(const std::string& hash, std::string_view password) {
    use_sodium();
    if (hash.size() >= crypto_pwhash_STRBYTES) return false;
    errno = 0;
    if (crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0) return true;
    // Without this, a server short of memory would tell everybody that their password is wrong.
    if (errno == ENOMEM) throw std::runtime_error("password hash: not enough memory");
    return false;
}

bool burn_one_hash(std::string_view password, PasswordCost cost) {
    use_sodium();
    constexpr std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
    std::array<unsigned char, 32> hash{};  // as long as the hash in crypto_pwhash_str's text
    if (crypto_pwhash(hash.data(), hash.size(), password.data(), password.size(), salt.data(), cost.passes,
                      cost.memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        refuse_cost(cost);
    }
    sodium_memzero(hash.data(), hash.size());
    return false;
}

void wipe(std::string& secret) noexcept {
    secret.resize(secret.capacity());
    sodium_memzero(secret.data(), secret.size());
    secret.clear();
}

}  // namespace chat
