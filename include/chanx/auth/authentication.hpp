#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/chrono.hpp>
#include <chanx/http/scope.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>

namespace chanx {

/// Who an authentication found behind a request, and the login it found them by.
template <class User>
struct Authenticated {
    /// Empty where the credentials name nobody: the next authentication is asked.
    std::optional<User> user{};
    /// What the login is known by in its store (never the secret); its connections can be closed by it.
    std::string session_key{};
    /// When the login ends; the connection is closed then with 4401.
    std::optional<std::chrono::system_clock::time_point> expires_at{};
};

/// The user type of consumers without Authentication.
struct AnonymousUser {};

namespace detail {

template <class T>
struct UserOf {};
/// The user type of what is no authenticator, which is reported elsewhere.
struct NoUser {
    int id = 0;
};
template <class User>
struct UserOf<std::optional<User>> {
    using type = User;
};
template <class User>
struct UserOf<Authenticated<User>> {
    using type = User;
};

template <class A>
using authenticate_result_t =
    typename decltype(std::declval<const A&>().authenticate(std::declval<const Scope&>()))::value_type;

std::string key_text(std::string_view key);
std::string key_text(std::int64_t key);
std::string key_text(std::uint64_t key);
template <std::integral Key>
std::string key_text(Key key) {
    if constexpr (std::is_signed_v<Key>) {
        return key_text(std::int64_t{key});
    } else {
        return key_text(std::uint64_t{key});
    }
}

/// A user's primary key as text: `primary_key(user)` found by ADL, or the member `id`.
template <class User>
std::string user_key(const User& user) {
    if constexpr (requires { key_text(primary_key(user)); }) {
        return key_text(primary_key(user));
    } else if constexpr (requires { key_text(user.id); }) {
        return key_text(user.id);
    } else {
        static_assert(
            !std::is_same_v<User, User>,
            "chanx: a user type needs a primary key: a member `id` (integer or string), or a function "
            "`primary_key(const User&)` beside it");
    }
}

template <class User>
Authenticated<User> normalised(std::optional<User> user) {
    return {.user = std::move(user)};
}
template <class User>
Authenticated<User> normalised(Authenticated<User> found) {
    return found;
}

}  // namespace detail

/// A type that finds the user behind a request: default constructible, with
/// `awaitable<std::optional<User>> authenticate(const Scope&) const` (or `awaitable<Authenticated<User>>`).
/// Nothing found means an anonymous user, which a permission may let in or not.
template <class A>
concept Authenticator = std::default_initializable<A> &&
                        requires { typename detail::UserOf<detail::authenticate_result_t<A>>::type; };

/// The user type that an authenticator finds.
template <Authenticator A>
using user_of_t = typename detail::UserOf<detail::authenticate_result_t<A>>::type;

}  // namespace chanx
