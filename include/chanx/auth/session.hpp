#pragma once

#include <chanx/auth/authentication.hpp>
#include <chanx/chrono.hpp>
#include <chanx/http/cookies.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace chanx {

/// A login as its store keeps it.
template <class User>
struct StoredSession {
    User user;
    std::chrono::system_clock::time_point expires_at;
};

/// Where logins are kept. The application puts its own into the state as SessionStore<User>.
/// A key is the hash of the cookie's value, so that who reads the store can't log in with it.
template <class User>
class SessionStore {
 public:
    virtual ~SessionStore() = default;
    /// The login, unless there is none or it has expired.
    virtual awaitable<std::optional<StoredSession<User>>> find(std::string key) = 0;
    virtual awaitable<> save(std::string key, StoredSession<User> session) = 0;
    virtual awaitable<> remove(std::string key) = 0;
};

/// The name of the session cookie.
inline constexpr std::string_view session_cookie_name = "sessionid";

/// A new login's secret, 256 random bits as 64 hexadecimal digits, and the key that its store knows it by.
struct NewSession {
    std::string id;
    std::string key;
};
NewSession make_session_id();
/// The store's key of a cookie's value; empty where it can't be one.
std::string session_key_of(std::string_view id);
/// The same of a request's session cookie; empty where it has none.
std::string session_key_of(const Scope& scope);
/// The cookie that carries a login: HttpOnly, SameSite=Lax.
/// @param secure  whether browsers may send it over TLS only
Cookie session_cookie(std::string id, std::chrono::seconds max_age, bool secure);

/// Finds the user by the session cookie.
template <class User>
struct SessionAuthentication {
    awaitable<Authenticated<User>> authenticate(const Scope& scope) const {
        std::string key = session_key_of(scope);
        if (key.empty()) co_return Authenticated<User>{};
        std::optional<StoredSession<User>> found = co_await scope.state<SessionStore<User>>().find(key);
        if (!found) co_return Authenticated<User>{};
        co_return Authenticated<User>{std::move(found->user), std::move(key), found->expires_at};
    }
};

/// Logs a user in: saves a new session and returns its cookie.
template <class User>
awaitable<Cookie> log_in(SessionStore<User>& store, User user, std::chrono::seconds lifetime, bool secure) {
    NewSession made = make_session_id();
    co_await store.save(std::move(made.key), {std::move(user), std::chrono::system_clock::now() + lifetime});
    co_return session_cookie(std::move(made.id), lifetime, secure);
}

}  // namespace chanx
