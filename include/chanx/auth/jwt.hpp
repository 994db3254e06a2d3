#pragma once

#include <chanx/auth/token.hpp>

#include <boost/json/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace chanx {

/// How a token is signed (RFC 7518 section 3.1).
enum class JwtAlgorithm : std::uint8_t {
    /// HMAC with SHA-256: who can check it can make it.
    hs256,
    /// RSA, PKCS#1 v1.5, with SHA-256.
    rs256,
    /// ECDSA over P-256 with SHA-256.
    es256
};

/// A key and the one algorithm that it is for.
struct JwtKey {
    JwtAlgorithm algorithm;
    /// For HS256 the secret, at least 32 bytes; for the others the public key in PEM (`BEGIN PUBLIC KEY`),
    /// for RSA of at least 2048 bits.
    std::string key;
    /// The `kid` of its tokens; with an empty one it is tried whatever `kid` a token has.
    std::string id{};
};

/// Whether tokens that never expire are taken.
enum class JwtExpiry : std::uint8_t { required, optional };

struct JwtOptions {
    /// Several while keys are being changed.
    std::vector<JwtKey> keys;
    /// What `iss` has to be; empty to take any.
    std::string issuer{};
    /// What `aud` has to be or hold; with an empty one tokens that have an `aud` are refused, for they are
    /// meant for somebody (RFC 7519 section 4.1.3).
    std::string audience{};
    /// How far the clocks of issuer and server may be apart, for `exp` and `nbf`.
    std::chrono::seconds leeway{30};
    JwtExpiry expiry = JwtExpiry::required;
};

/// What a valid token says.
class JwtClaims {
  public:
    explicit JwtClaims(boost::json::object claims);

    /// `sub`, or an empty text.
    std::string_view subject() const { return text("sub").value_or(std::string_view()); }
    /// `exp`, without the leeway.
    std::optional<std::chrono::system_clock::time_point> expires_at() const noexcept;
    /// A claim that is a string; it lies in this object.
    std::optional<std::string_view> text(std::string_view name) const;
    std::optional<std::int64_t> integer(std::string_view name) const;
    /// All claims. (Include <boost/json/object.hpp>.)
    const boost::json::object& json() const noexcept { return *claims_; }

  private:
    std::shared_ptr<const boost::json::object> claims_;
};

/// The claims, or why there are none.
struct JwtResult {
    std::optional<JwtClaims> claims{};
    /// For the log.
    std::string_view fault{};

    explicit operator bool() const noexcept { return claims.has_value(); }
};

/// Checks JSON Web Tokens (RFC 7519, signed in the compact form of RFC 7515). A token's `alg` must be that of
/// the key it is checked with: `none`, and a public key taken for a secret, have no way in. A token with
/// `crit` is refused. All const members may be called from any thread.
///
/// The application makes one and puts it into its state:
///
/// @code
/// application.state(std::make_shared<chanx::JwtValidator>(chanx::JwtOptions{
///     .keys = {{.algorithm = chanx::JwtAlgorithm::rs256, .key = public_key_pem}},
///     .issuer = "https://login.example", .audience = "chat"}));
/// @endcode
class JwtValidator {
  public:
    /// @throws ConfigurationError for no keys, or a key that is weak or none of its algorithm
    explicit JwtValidator(JwtOptions options);
    ~JwtValidator();
    JwtValidator(const JwtValidator&) = delete;
    JwtValidator& operator=(const JwtValidator&) = delete;

    JwtResult validate(std::string_view token,
                       std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) const;
    std::chrono::seconds leeway() const noexcept { return leeway_; }

  private:
    struct Key;
    std::vector<Key> keys_;
    std::string issuer_;
    std::string audience_;
    std::chrono::seconds leeway_;
    JwtExpiry expiry_;
};

namespace detail {

/// When a connection with such a token is to end.
std::optional<std::chrono::system_clock::time_point> end_of_login(const JwtClaims& claims,
                                                                  std::chrono::seconds leeway);

template <class T>
struct UserOfClaims {
    static constexpr bool good = false;
    static constexpr bool awaited = false;
    using type = NoUser;
};
template <class User>
struct UserOfClaims<std::optional<User>> {
    static constexpr bool good = true;
    static constexpr bool awaited = false;
    using type = User;
};
template <class User>
struct UserOfClaims<awaitable<std::optional<User>>> {
    static constexpr bool good = true;
    static constexpr bool awaited = true;
    using type = User;
};
template <auto Find>
struct FoundByClaims : UserOfClaims<void> {};
template <auto Find>
    requires requires(const Scope& scope, const JwtClaims& claims) { Find(scope, claims); }
struct FoundByClaims<Find> : UserOfClaims<std::remove_cvref_t<decltype(Find(
                                 std::declval<const Scope&>(), std::declval<const JwtClaims&>()))>> {};

}  // namespace detail

/// A TokenVerifier for JSON Web Tokens, to be given to one of the authenticators by token. The connection is
/// closed with 4401 when its token ends.
///
/// @code
/// chanx::awaitable<std::optional<User>> user_of(const chanx::Scope& scope, const chanx::JwtClaims& claims);
/// using Login = chanx::Authentication<chanx::BearerAuthentication<chanx::JwtTokens<user_of>>>;
/// @endcode
///
/// @tparam Find  makes the user of the claims: `std::optional<User> find(const Scope&, const JwtClaims&)`, or
/// an
///               awaitable of it; nothing found is 401
/// @tparam Validator  the state's; another class derived from JwtValidator where there are several
template <auto Find, class Validator = JwtValidator>
struct JwtTokens {
    using Found = detail::FoundByClaims<Find>;
    static_assert(
        Found::good,
        "chanx: the function of JwtTokens makes the user of the claims: `std::optional<User> find(const "
        "chanx::Scope&, const chanx::JwtClaims&)`, or chanx::awaitable of it");
    using User = typename Found::type;

    awaitable<Authenticated<User>> verify(const Scope& scope, std::string token) const {
        const JwtValidator& validator = scope.state<Validator>();
        const JwtResult result = validator.validate(token);
        if (!result) co_return Authenticated<User>::refused(result.fault);
        Authenticated<User> found;
        if constexpr (Found::awaited) {
            found.user = co_await Find(scope, *result.claims);
        } else if constexpr (Found::good) {
            found.user = Find(scope, *result.claims);
        }
        if (!found.user) co_return Authenticated<User>::refused("the token is nobody's");
        found.expires_at = detail::end_of_login(*result.claims, validator.leeway());
        co_return found;
    }
};

}  // namespace chanx
