#include <chanx/auth/jwt.hpp>

#include <chanx/error.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace chanx {

namespace {

using std::chrono::system_clock;

constexpr std::size_t min_secret_size = 32;  // RFC 7518 section 3.2
constexpr int min_rsa_bits = 2048;           // RFC 7518 section 3.3
constexpr std::size_t p256_number_size = 32;

struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
    void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
    void operator()(BIGNUM* number) const noexcept { BN_free(number); }
    void operator()(unsigned char* memory) const noexcept { OPENSSL_free(memory); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view name_of(JwtAlgorithm algorithm) {
    switch (algorithm) {
        case JwtAlgorithm::hs256:
            return "HS256";
        case JwtAlgorithm::rs256:
            return "RS256";
        case JwtAlgorithm::es256:
            return "ES256";
    }
    return {};
}

/// Base64url without padding, in its one form only (RFC 7515 section 2).
std::optional<std::string> decode_base64url(std::string_view text) {
    // libsodium 1.0.18 takes bytes beyond ASCII for characters of the alphabet.
    const auto in_alphabet = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (!std::ranges::all_of(text, in_alphabet)) return std::nullopt;
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &size, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        end != text.data() + text.size()) {
        return std::nullopt;
    }
    bytes.resize(size);
    return bytes;
}

std::optional<boost::json::object> decode_object(std::string_view part) {
    const auto text = decode_base64url(part);
    if (!text) return std::nullopt;
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(*text, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

/// A text member; an empty one where there is none. Nothing where it is no text.
std::optional<std::string_view> text_member(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr) return std::string_view();
    if (!value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

bool is_among(const boost::json::value& audiences, std::string_view audience) {
    if (const auto* one = audiences.if_string()) return std::string_view(*one) == audience;
    const auto* list = audiences.if_array();
    return list != nullptr && std::ranges::any_of(*list, [&](const boost::json::value& each) {
               const auto* text = each.if_string();
               return text != nullptr && std::string_view(*text) == audience;
           });
}

/// Seconds since 1970 (RFC 7519 section 2, NumericDate). Nothing where it is no number, and for what the parser
/// makes none of, as 0e400: compared with it, no token would ever end.
std::optional<double> seconds_of(const boost::json::value& value) {
    if (const auto* number = value.if_double()) {
        return std::isnan(*number) ? std::nullopt : std::optional(*number);
    }
    if (const auto* number = value.if_int64()) return static_cast<double>(*number);
    if (const auto* number = value.if_uint64()) return static_cast<double>(*number);
    return std::nullopt;
}

double seconds_of(system_clock::time_point time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

bool is_signed_by_secret(std::string_view secret, std::string_view text, std::string_view signature) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(),
             expected.data(), &size) == nullptr) {
        return false;
    }
    return signature.size() == size && CRYPTO_memcmp(expected.data(), signature.data(), size) == 0;
}

/// The two numbers of RFC 7518 section 3.4 in the form that OpenSSL takes.
std::string to_der(std::string_view signature) {
    if (signature.size() != 2 * p256_number_size) return {};
    Owned<ECDSA_SIG> numbers(ECDSA_SIG_new());
    Owned<BIGNUM> r(BN_bin2bn(bytes_of(signature), p256_number_size, nullptr));
    Owned<BIGNUM> s(BN_bin2bn(bytes_of(signature) + p256_number_size, p256_number_size, nullptr));
    if (!numbers || !r || !s || ECDSA_SIG_set0(numbers.get(), r.get(), s.get()) != 1) return {};
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* made = nullptr;
    const int size = i2d_ECDSA_SIG(numbers.get(), &made);
    const Owned<unsigned char> kept(made);
    if (size <= 0) return {};
    return std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
}

bool is_signed_by(EVP_PKEY* key, std::string_view text, std::string_view signature) {
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    const bool good =
        context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
        EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) ==
            1;
    if (!good) ERR_clear_error();
    return good;
}

Owned<EVP_PKEY> read_public_key(std::string_view pem) {
    const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Owned<EVP_PKEY> key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!key) ERR_clear_error();
    return key;
}

[[noreturn]] void refuse_key(const JwtKey& key, std::string_view why) {
    throw ConfigurationError("chanx: the " + std::string(name_of(key.algorithm)) + " key " +
                             (key.id.empty() ? std::string() : "'" + key.id + "' ") + "of JwtOptions " +
                             std::string(why));
}

void require_strong_secret(const JwtKey& key) {
    if (key.key.size() < min_secret_size) refuse_key(key, "is shorter than 32 bytes");
    if (key.key.find("-----BEGIN ") != std::string::npos) {
        refuse_key(key, "is a key in PEM, which is no secret: is it meant for RS256 or ES256?");
    }
}

Owned<EVP_PKEY> require_public_key(const JwtKey& key) {
    Owned<EVP_PKEY> read = read_public_key(key.key);
    if (!read) refuse_key(key, "is no public key in PEM (BEGIN PUBLIC KEY)");
    if (key.algorithm == JwtAlgorithm::rs256) {
        if (EVP_PKEY_is_a(read.get(), "RSA") != 1) refuse_key(key, "is no RSA key");
        if (EVP_PKEY_get_bits(read.get()) < min_rsa_bits) refuse_key(key, "has less than 2048 bits");
    } else {
        std::array<char, 64> curve{};
        std::size_t size = 0;
        if (EVP_PKEY_is_a(read.get(), "EC") != 1 ||
            EVP_PKEY_get_group_name(read.get(), curve.data(), curve.size(), &size) != 1 ||
            std::string_view(curve.data(), size) != "prime256v1") {
            refuse_key(key, "is no key on the curve P-256");
        }
    }
    return read;
}

JwtResult fault(std::string_view why) {
    return {std::nullopt, why};
}

}  // namespace

struct JwtValidator::Key {
    JwtAlgorithm algorithm;
    std::string id;
    std::string secret;
    Owned<EVP_PKEY> public_key;

    bool signed_text(std::string_view text, std::string_view signature) const {
        switch (algorithm) {
            case JwtAlgorithm::hs256:
                return is_signed_by_secret(secret, text, signature);
            case JwtAlgorithm::rs256:
                return is_signed_by(public_key.get(), text, signature);
            case JwtAlgorithm::es256: {
                const std::string der = to_der(signature);
                return !der.empty() && is_signed_by(public_key.get(), text, der);
            }
        }
        return false;
    }
};

JwtValidator::JwtValidator(JwtOptions options)
    : issuer_(std::move(options.issuer)),
      audience_(std::move(options.audience)),
      leeway_(options.leeway),
      expiry_(options.expiry) {
    if (options.keys.empty()) throw ConfigurationError("chanx: JwtOptions has no keys");
    if (leeway_ < std::chrono::seconds::zero())
        throw ConfigurationError("chanx: JwtOptions::leeway is negative");
    for (JwtKey& key : options.keys) {
        Owned<EVP_PKEY> public_key;
        if (key.algorithm == JwtAlgorithm::hs256) {
            require_strong_secret(key);
        } else {
            public_key = require_public_key(key);
            key.key.clear();
        }
        keys_.push_back({key.algorithm, std::move(key.id), std::move(key.key), std::move(public_key)});
    }
}

JwtValidator::~JwtValidator() = default;

JwtResult JwtValidator::validate(std::string_view token, system_clock::time_point now) const {
    if (token.size() > max_token_size) return fault("the token is too long");
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return fault("the token has not three parts");
    }

    const auto header = decode_object(token.substr(0, first));
    if (!header) return fault("the token's header is malformed");
    if (header->contains("crit")) return fault("the token's header has critical extensions");
    const auto algorithm = text_member(*header, "alg");
    const auto id = text_member(*header, "kid");
    if (!algorithm || !id) return fault("the token's header is malformed");
    const auto signature = decode_base64url(token.substr(second + 1));
    if (!signature || signature->empty()) return fault("the token's signature is malformed");

    bool any_key = false;
    const bool good = std::ranges::any_of(keys_, [&](const Key& key) {
        if (name_of(key.algorithm) != *algorithm) return false;
        if (!key.id.empty() && !id->empty() && key.id != *id) return false;
        any_key = true;
        return key.signed_text(token.substr(0, second), *signature);
    });
    if (!any_key) return fault("the token's algorithm and key are none of ours");
    if (!good) return fault("the token's signature is wrong");

    auto claims = decode_object(token.substr(first + 1, second - first - 1));
    if (!claims) return fault("the token's claims are malformed");
    const double time = seconds_of(now);
    const auto leeway = static_cast<double>(leeway_.count());
    if (const auto* expiry = claims->if_contains("exp")) {
        const auto seconds = seconds_of(*expiry);
        if (!seconds) return fault("the token's exp is no number");
        if (time >= *seconds + leeway) return fault("the token has expired");
    } else if (expiry_ == JwtExpiry::required) {
        return fault("the token has no exp");
    }
    if (const auto* begin = claims->if_contains("nbf")) {
        const auto seconds = seconds_of(*begin);
        if (!seconds) return fault("the token's nbf is no number");
        if (time < *seconds - leeway) return fault("the token is not valid yet");
    }
    if (!issuer_.empty() && text_member(*claims, "iss") != issuer_)
        return fault("the token has another issuer");
    if (const auto* audiences = claims->if_contains("aud")) {
        if (audience_.empty() || !is_among(*audiences, audience_))
            return fault("the token is for another audience");
    } else if (!audience_.empty()) {
        return fault("the token is for no audience");
    }
    return {JwtClaims(std::move(*claims)), {}};
}

JwtClaims::JwtClaims(boost::json::object claims)
    : claims_(std::make_shared<const boost::json::object>(std::move(claims))) {}

std::optional<std::string_view> JwtClaims::text(std::string_view name) const {
    const auto* value = claims_->if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

std::optional<std::int64_t> JwtClaims::integer(std::string_view name) const {
    const auto* value = claims_->if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

std::optional<system_clock::time_point> JwtClaims::expires_at() const noexcept {
    const auto* value = claims_->if_contains("exp");
    const auto seconds = value == nullptr ? std::nullopt : seconds_of(*value);
    if (!seconds) return std::nullopt;
    // Beyond what the clock can tell is never, or long ago.
    if (*seconds >= seconds_of(system_clock::time_point::max())) return system_clock::time_point::max();
    if (*seconds <= seconds_of(system_clock::time_point::min())) return system_clock::time_point::min();
    return system_clock::time_point(
        std::chrono::duration_cast<system_clock::duration>(std::chrono::duration<double>(*seconds)));
}

namespace detail {

std::optional<system_clock::time_point> end_of_login(const JwtClaims& claims, std::chrono::seconds leeway) {
    const auto end = claims.expires_at();
    if (!end) return std::nullopt;
    const auto room = system_clock::time_point::max() - std::max(*end, system_clock::time_point());
    if (room < leeway) return system_clock::time_point::max();
    return *end + leeway;
}

}  // namespace detail
}  // namespace chanx
