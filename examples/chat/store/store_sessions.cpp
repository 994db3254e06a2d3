#include "chat/store/query.hpp"
#include "chat/store/store_state.hpp"

#include <string>
#include <vector>

// Logins, and what was taken away from users.

namespace chat {
namespace {

/// @return whether there was one
bool end_session(Connection& connection, const std::string& id_hash, SessionEnd end, TimePoint now) {
    Query(connection, "DELETE FROM sessions WHERE id_hash = ?1", id_hash).next();
    if (connection.changes() == 0) return false;
    Query(connection, "INSERT INTO revocations (session_hash, is_renewed, created_at) VALUES (?1, ?2, ?3)",
          id_hash, std::int64_t{end == SessionEnd::renewed}, now)
        .next();
    return true;
}

}  // namespace

std::vector<std::string> Store::create_session(const std::string& id_hash, std::int64_t user_id,
                                               TimePoint expires_at) {
    return state_->writer.write([&](Connection& connection) {
        Query(connection,
              "INSERT INTO sessions (id_hash, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
              id_hash, user_id, state_->clock(), expires_at)
            .next();
        Query oldest(
            connection,
            "SELECT id_hash FROM sessions WHERE user_id = ?1 ORDER BY created_at DESC, id_hash = ?2 DESC"
            " LIMIT -1 OFFSET ?3",
            user_id, id_hash, static_cast<std::int64_t>(max_sessions_per_user));
        std::vector<std::string> ended;
        while (oldest.next()) ended.push_back(oldest.text(0));
        for (const std::string& each : ended)
            end_session(connection, each, SessionEnd::logged_out, state_->clock());
        return ended;
    });
}

std::optional<Session> Store::find_session(const std::string& id_hash, TimePoint now) {
    return state_->readers.read([&](Connection& connection) -> std::optional<Session> {
        Query query(connection,
                    "SELECT u.id, u.username, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id"
                    " WHERE s.id_hash = ?1 AND s.expires_at > ?2",
                    id_hash, now);
        if (!query.next()) return std::nullopt;
        return Session{.user = {.id = query.integer(0), .username = query.text(1)},
                       .expires_at = query.time(2)};
    });
}

bool Store::delete_session(const std::string& id_hash, SessionEnd end) {
    return state_->writer.write(
        [&](Connection& connection) { return end_session(connection, id_hash, end, state_->clock()); });
}

std::vector<std::string> Store::delete_sessions_of(std::int64_t user_id) {
    return state_->writer.write([&](Connection& connection) {
        std::vector<std::string> ended;
        {
            Query query(connection, "SELECT id_hash FROM sessions WHERE user_id = ?1", user_id);
            while (query.next()) ended.push_back(query.text(0));
        }
        for (const std::string& each : ended)
            end_session(connection, each, SessionEnd::logged_out, state_->clock());
        return ended;
    });
}

std::size_t Store::delete_expired_sessions(TimePoint now) {
    return state_->writer.write([&](Connection& connection) {
        Query(connection, "DELETE FROM sessions WHERE expires_at <= ?1", now).next();
        return static_cast<std::size_t>(connection.changes());
    });
}

std::int64_t Store::last_revocation() {
    return state_->readers.read([](Connection& connection) {
        return connection.integer("SELECT coalesce(max(id), 0) FROM revocations");
    });
}

std::vector<Revocation> Store::revocations_after(std::int64_t id, std::size_t limit) {
    return state_->readers.read([&](Connection& connection) {
        Query query(connection,
                    "SELECT id, coalesce(session_hash, ''), is_renewed, coalesce(room_id, 0),"
                    " coalesce(user_id, 0) FROM revocations WHERE id > ?1 ORDER BY id LIMIT ?2",
                    id, static_cast<std::int64_t>(bounded(limit)));
        std::vector<Revocation> revocations;
        while (query.next()) {
            revocations.push_back(
                {.id = query.integer(0),
                 .session_hash = query.text(1),
                 .end = query.integer(2) != 0 ? SessionEnd::renewed : SessionEnd::logged_out,
                 .room_id = query.integer(3),
                 .user_id = query.integer(4)});
        }
        return revocations;
    });
}

std::size_t Store::delete_revocations(TimePoint until) {
    return state_->writer.write([&](Connection& connection) {
        Query(connection, "DELETE FROM revocations WHERE created_at <= ?1", until).next();
        return static_cast<std::size_t>(connection.changes());
    });
}

}  // namespace chat
