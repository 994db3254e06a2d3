#include "chat/api/account.hpp"

#include "chat/api/too_many.hpp"
#include "chat/login_throttle.hpp"
#include "chat/messages.hpp"
#include "chat/password.hpp"
#include "chat/sessions.hpp"
#include "chat/store/username.hpp"

#include <chanx/app/application.hpp>
#include <chanx/auth/session.hpp>
#include <chanx/http/json_body.hpp>
#include <chanx/routing/http.hpp>
#include <chanx/run_blocking.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chat {

namespace {

bool is_username_text(const std::string& text) {
    // In a path these two would mean another place.
    if (text == "." || text == "..") return false;
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.' || c == '-';
    });
}

}  // namespace

struct Registration {
    std::string username;
    std::string password;
    static constexpr auto constraints = chanx::constraints(
        chanx::length(&Registration::username, 1, 32),
        chanx::check(&Registration::username, "letters, digits and _ . - only, not . or .. alone",
                     is_username_text),
        chanx::check(&Registration::password, "8 to 1024 bytes are needed",
                     [](const std::string& text) { return text.size() >= 8 && text.size() <= 1024; }));
};
BOOST_DESCRIBE_STRUCT(Registration, (), (username, password))

/// What nobody can have registered with is simply wrong; only what would be a burden is refused unread.
struct Login {
    std::string username;
    std::string password;
    static constexpr auto constraints = chanx::constraints(
        chanx::length(&Login::username, 1, 32),
        chanx::check(&Login::password, "1 to 1024 bytes are needed",
                     [](const std::string& text) { return !text.empty() && text.size() <= 1024; }));
};
BOOST_DESCRIBE_STRUCT(Login, (), (username, password))

namespace {

bool is_secure(const chanx::Request& request) {
    return request.scope().secure() ||
           request.state<Services>().options().secure_cookies == SecureCookies::always;
}

/// Answers with the user and a new login's cookie; the browser's former login ends.
chanx::awaitable<chanx::Response> begin_session(const chanx::Request& request, User user, int status) {
    auto& sessions = request.state<chanx::SessionStore<User>>();
    auto& services = request.state<Services>();
    const chanx::Cookie cookie =
        co_await chanx::log_in(sessions, user, services.options().session_lifetime, is_secure(request));
    if (const auto old = request.cookie(chanx::session_cookie_name)) {
        const std::string former = chanx::session_key_of(*old);
        if (!former.empty()) {
            co_await services.write(
                [&](Store& store) { return store.delete_session(former, SessionEnd::renewed); });
            close_login(services.application(), former, SessionEnd::renewed);
        }
    }
    chanx::Response response = chanx::Response::of(user, status);
    response.set_cookie(cookie);
    co_return response;
}

/// Where other passwords of its network's keep this one from being looked at.
chanx::Response too_many_at_once(const chanx::Request& request) {
    return too_many(request, "log-ins at once from this network", std::chrono::seconds(1));
}

chanx::ApiException wrong_password() {
    return {401, "The user name or the password is wrong"};
}

chanx::ApiException name_taken() {
    return {409, "This user name is taken"};
}

chanx::awaitable<chanx::Response> register_user(chanx::Request request) {
    auto input = request.json<Registration>();
    auto& services = request.state<Services>();
    if (folded(input.username) == folded(input.password)) {
        throw chanx::ApiException(422, "The password must not be the user name");
    }
    const std::string network = request.scope().client().network();
    Attempt attempt = services.login_throttle().make_account(network);
    if (attempt.wait()) co_return too_many(request, "accounts made from this network", *attempt.wait());
    // Asked before the hash, which is dear.
    const bool taken = co_await services.read(
        [&](Store& store) { return store.find_credentials(input.username).has_value(); });
    if (taken) throw name_taken();
    const PasswordTurn turn(services.login_throttle(), network);
    if (!turn.granted()) co_return too_many_at_once(request);
    const std::string hash = co_await chanx::run_blocking(services.passwords(), [&] {
        std::string made = hash_password(input.password, services.options().password_cost);
        wipe(input.password);
        return made;
    });
    std::optional<User> user =
        co_await services.write([&](Store& store) { return store.create_user(input.username, hash); });
    if (!user) throw name_taken();
    attempt.counts();
    co_return co_await begin_session(request, std::move(*user), 201);
}

chanx::awaitable<chanx::Response> log_in(chanx::Request request) {
    auto input = request.json<Login>();
    auto& services = request.state<Services>();
    if (!is_username_text(input.username)) throw wrong_password();
    const std::string network = request.scope().client().network();
    Attempt attempt = services.login_throttle().log_in(input.username, network);
    if (attempt.wait()) co_return too_many(request, "failed attempts to log in", *attempt.wait());
    const PasswordTurn turn(services.login_throttle(), network);
    if (!turn.granted()) co_return too_many_at_once(request);
    std::optional<Credentials> known =
        co_await services.read([&](Store& store) { return store.find_credentials(input.username); });
    const bool right = co_await chanx::run_blocking(services.passwords(), [&] {
        const bool verified = known ? verify_password(known->password_hash, input.password)
                                    : burn_one_hash(input.password, services.options().password_cost);
        wipe(input.password);
        return verified;
    });
    if (!right) {
        attempt.counts();
        throw wrong_password();
    }
    co_return co_await begin_session(request, std::move(known->user), 200);
}

chanx::Response without_cookie(const chanx::Request& request) {
    chanx::Response response = chanx::Response::no_content();
    chanx::Cookie removal = chanx::Cookie::removal(std::string(chanx::session_cookie_name));
    removal.secure = is_secure(request);
    response.set_cookie(removal);
    return response;
}

/// Ends all logins of the user, in whatever browser.
chanx::awaitable<chanx::Response> log_out_everywhere(chanx::Request request) {
    auto& services = request.state<Services>();
    const std::int64_t user_id = request.user<User>().id;
    const std::vector<std::string> ended =
        co_await services.write([&](Store& store) { return store.delete_sessions_of(user_id); });
    for (const std::string& each : ended) close_login(services.application(), each, SessionEnd::logged_out);
    co_return without_cookie(request);
}

chanx::awaitable<chanx::Response> log_out(chanx::Request request) {
    const std::string key(request.scope().session_key());
    if (!key.empty()) {
        co_await request.state<chanx::SessionStore<User>>().remove(key);
        close_login(request.state<Services>().application(), key, SessionEnd::logged_out);
    }
    co_return without_cookie(request);
}

chanx::awaitable<chanx::Response> show_me(chanx::Request request) {
    co_return chanx::Response::of(request.user<User>());
}

}  // namespace

chanx::Router account_routes() {
    return {
        chanx::path("register", chanx::post(register_user)),
        chanx::path("login", chanx::post(log_in)),
        chanx::path("logout", chanx::post<MaybeLoggedIn>(log_out)),
        chanx::path("logout/everywhere", chanx::post<LoggedIn>(log_out_everywhere)),
        chanx::path("me", chanx::get<LoggedIn>(show_me)),
    };
}

}  // namespace chat
