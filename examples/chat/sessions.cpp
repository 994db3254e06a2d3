#include "chat/sessions.hpp"

namespace chat {

chanx::awaitable<std::optional<chanx::StoredSession<User>>> Sessions::find(std::string key) {
    std::optional<Session> found =
        co_await services_->read([&](Store& store) { return store.find_session(key, services_->now()); });
    if (!found) co_return std::nullopt;
    co_return chanx::StoredSession<User>{std::move(found->user), found->expires_at};
}

chanx::awaitable<> Sessions::save(std::string key, chanx::StoredSession<User> session) {
    const auto expires_at = std::chrono::floor<std::chrono::milliseconds>(session.expires_at);
    const std::vector<std::string> ended = co_await services_->write(
        [&](Store& store) { return store.create_session(key, session.user.id, expires_at); });
    for (const std::string& each : ended) close_login(services_->application(), each, SessionEnd::logged_out);
}

chanx::awaitable<> Sessions::remove(std::string key) {
    co_await services_->write([&](Store& store) { store.delete_session(key); });
}

}  // namespace chat
