#pragma once

#include <chanx/awaitable.hpp>
#include <chanx/chrono.hpp>
#include <chanx/http/endpoint.hpp>
#include <chanx/http/scope.hpp>
#include <chanx/type_name.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace chanx {

/// What an authenticator found behind a request, one of three: a user, and the login it found them by;
/// refused credentials (see refused()); or, with neither, no credentials of its kind, and the next
/// authenticator is asked.
template <class User>
struct Authenticated {
    std::optional<User> user{};
    /// What the login is known by in its store (never the secret); its connections can be closed by it.
    std::string session_key{};
    /// When the login ends; the connection is closed then with 4401.
    std::optional<std::chrono::system_clock::time_point> expires_at{};
    /// Why the credentials are no good; empty where they are, and where there are none.
    std::string_view refusal{};
    /// The authenticator that decided, for the log. Set by the framework.
    std::string_view decided_by{};

    /// There are credentials of the authenticator's kind, and they are no good: 401, and no further
    /// authenticator is asked.
    /// @param reason  a literal, for the log only; it must hold nothing of the credentials
    static Authenticated refused(std::string_view reason) {
        Authenticated result;
        result.refusal = reason;
        return result;
    }
    /// Whether this is the last word: a user, or refused credentials.
    bool decided() const noexcept { return user.has_value() || !refusal.empty(); }
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
/// A key of a type of its own, e.g. a UUID: `to_string(key)` found by ADL.
template <class Key>
    requires(std::is_class_v<Key> && !std::convertible_to<const Key&, std::string_view>)
auto key_text(const Key& key) -> decltype(std::string(to_string(key))) {
    return to_string(key);
}

/// The key. Throws std::logic_error for an empty one, for that stands for everybody who is anonymous.
std::string not_empty(std::string key);

/// A user's primary key as text: `primary_key(user)` found by ADL, or the member `id`.
template <class User>
std::string user_key(const User& user) {
    if constexpr (requires { key_text(primary_key(user)); }) {
        return not_empty(key_text(primary_key(user)));
    } else if constexpr (requires { key_text(user.id); }) {
        return not_empty(key_text(user.id));
    } else {
        static_assert(
            !std::is_same_v<User, User>,
            "chanx: a user type needs a primary key: a member `id` (an integer, a string, or a type with "
            "`to_string(id)` beside it), or a function `primary_key(const User&)` beside it");
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

/// What a client is told of credentials that are refused, whatever the reason.
inline constexpr std::string_view refused_text = "Invalid credentials";
/// Logs that credentials were refused: which authenticator, why; never what they were.
void log_refused(const Scope& scope, std::string_view authenticator, std::string_view reason);

/// What a 401 asks for on an authenticator's behalf: its `static constexpr std::string_view challenge`.
template <class A>
constexpr Challenge challenge_of() {
    if constexpr (requires { std::string_view(A::challenge); }) {
        return {type_name<A>(), A::challenge};
    } else {
        return {type_name<A>(), {}};
    }
}

/// An authenticator that reads the connection's first message.
template <class A>
concept TakesFirstMessage = requires { requires A::takes_first_message; };
/// An authenticator whose credentials come as a subprotocol, which the answer has to choose.
template <class A>
concept TakesSubprotocol = requires { requires A::takes_subprotocol; };

}  // namespace detail

/// A type that finds the user behind a request: default constructible, with
/// `awaitable<std::optional<User>> authenticate(const Scope&) const`, or `awaitable<Authenticated<User>>`,
/// which can also refuse and tell the login. A `static constexpr std::string_view challenge`, e.g. "Bearer", is
/// what a 401 over HTTP names in WWW-Authenticate; without it that is `Session`. Shared state comes from `scope.state<T>()`. Nothing found by any
/// means an anonymous user, which a permission may let in or not.
template <class A>
concept Authenticator = std::default_initializable<A> &&
                        requires { typename detail::UserOf<detail::authenticate_result_t<A>>::type; };

/// The user type that an authenticator finds.
template <Authenticator A>
using user_of_t = typename detail::UserOf<detail::authenticate_result_t<A>>::type;

}  // namespace chanx
