#pragma once

#include <chanx/auth/authentication.hpp>
#include <chanx/fixed_string.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace chanx {
namespace detail {

template <class V>
using verify_result_t = typename decltype(std::declval<const V&>().verify(std::declval<const Scope&>(),
                                                                          std::string()))::value_type;

}  // namespace detail

/// A type that finds the user of a token: default constructible, with
/// `awaitable<std::optional<User>> verify(const Scope&, std::string token) const`, where nothing found is
/// 401; or with `awaitable<Authenticated<User>>`, which can also tell a login's end, or, being neither a user
/// nor refused, leave the token to the next authenticator.
///
/// @code
/// struct ApiKeys {
///     chanx::awaitable<std::optional<User>> verify(const chanx::Scope& scope, std::string token) const {
///         return scope.state<Store>().user_of_key(chanx::token_key_of(token));
///     }
/// };
/// @endcode
template <class V>
concept TokenVerifier =
    std::default_initializable<V> && requires { typename detail::UserOf<detail::verify_result_t<V>>::type; };

/// Tokens longer than this are refused, in bytes.
inline constexpr std::size_t max_token_size = 8192;

/// Whether two secrets are the same, in a time that does not depend on where they differ.
bool same_secret(std::string_view one, std::string_view other);
/// What a store should know a token by instead of the token: its SHA-256 in hexadecimal. Tokens are random,
/// so a plain hash does; passwords need more.
std::string token_key_of(std::string_view token);

namespace detail {

/// What stands where a token may be.
struct FoundToken {
    enum class Kind : std::uint8_t { absent, malformed, present };
    Kind kind = Kind::absent;
    std::string token{};
};
FoundToken token_in_header(const Scope& scope);
FoundToken token_in_query(const Scope& scope, std::string_view name);
FoundToken token_in_subprotocol(const Scope& scope);
/// Chooses `bearer` where the client offered it and connect() chose nothing.
/// @return the subprotocol to answer with
/// @throws std::logic_error where connect() chose the token
std::string answered_subprotocol(const Scope& scope, std::string chosen);

template <class V>
struct UserOfVerifier {
    static constexpr bool good = false;
    using type = NoUser;
};
template <TokenVerifier V>
struct UserOfVerifier<V> {
    static constexpr bool good = true;
    using type = typename UserOf<verify_result_t<V>>::type;
};

template <class User>
Authenticated<User> verified(std::optional<User> user) {
    if (!user) return Authenticated<User>::refused("the token is nobody's");
    return {.user = std::move(user)};
}
template <class User>
Authenticated<User> verified(Authenticated<User> found) {
    return found;
}

/// What the authenticators by a token have in common. `scope` outlives the calls.
template <class Verifier>
struct TokenAuthentication {
    static_assert(
        UserOfVerifier<Verifier>::good,
        "chanx: a token verifier is default constructible and has `chanx::awaitable<std::optional<User>> "
        "verify(const chanx::Scope&, std::string token) const`");
    using User = typename UserOfVerifier<Verifier>::type;
    /// RFC 6750 section 3
    static constexpr std::string_view challenge = "Bearer";

    static awaitable<Authenticated<User>> verify(const Scope& scope, FoundToken found) {
        if (found.kind == FoundToken::Kind::absent) co_return Authenticated<User>{};
        if (found.kind == FoundToken::Kind::malformed)
            co_return Authenticated<User>::refused("the token is malformed");
        if constexpr (UserOfVerifier<Verifier>::good) {
            co_return verified(co_await Verifier{}.verify(scope, std::move(found.token)));
        }
    }
};

}  // namespace detail

/// Finds the user by `Authorization: Bearer <token>` (RFC 6750 section 2.1).
template <class Verifier>
struct BearerAuthentication : detail::TokenAuthentication<Verifier> {
    awaitable<Authenticated<typename BearerAuthentication::User>> authenticate(const Scope& scope) const {
        return this->verify(scope, detail::token_in_header(scope));
    }
};

/// Finds the user by a parameter of the query string, for browsers, which can't set headers on a WebSocket.
/// What is in a URL ends up in the logs of proxies: give such a token a short life, or take
/// SubprotocolAuthentication.
template <class Verifier, FixedString Name = "token">
struct QueryTokenAuthentication : detail::TokenAuthentication<Verifier> {
    awaitable<Authenticated<typename QueryTokenAuthentication::User>> authenticate(const Scope& scope) const {
        return this->verify(scope, detail::token_in_query(scope, Name.view()));
    }
};

/// Finds the user by the subprotocol that follows the subprotocol `bearer`, for browsers:
/// `new WebSocket(url, ["bearer", token])`. The answer chooses `bearer`, unless connect() chooses another one
/// that was offered; never the token. A token made of anything but letters, digits and !#$%&'*+-.^_`|~ can't
/// be a subprotocol.
template <class Verifier>
struct SubprotocolAuthentication : detail::TokenAuthentication<Verifier> {
    static constexpr bool takes_subprotocol = true;
    awaitable<Authenticated<typename SubprotocolAuthentication::User>> authenticate(
        const Scope& scope) const {
        return this->verify(scope, detail::token_in_subprotocol(scope));
    }
};

}  // namespace chanx
