#include "chat/store/store.hpp"

#include "chat/store/query.hpp"
#include "chat/store/schema.hpp"
#include "chat/store/slug.hpp"
#include "chat/store/store_state.hpp"
#include "chat/store/username.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace chat {
namespace {

std::unique_ptr<Connection> open_writer(const StoreOptions& options) {
    // While others may be migrating too, every step waits as long as opening may take.
    auto connection =
        std::make_unique<Connection>(ConnectionOptions{.path = options.path,
                                                       .access = Access::create,
                                                       .busy_timeout = options.migration_timeout,
                                                       .durability = options.durability});
    migrate(*connection, schema_steps(), options.migration_timeout);
    connection->set_busy_timeout(options.busy_timeout);
    return connection;
}

bool exists(Query&& query) {
    return query.next();
}

bool room_exists(Connection& connection, std::int64_t room_id) {
    return exists({connection, "SELECT 1 FROM rooms WHERE id = ?1", room_id});
}

bool slug_is_taken(Connection& connection, const std::string& slug) {
    return exists({connection, "SELECT 1 FROM rooms WHERE slug = ?1", slug});
}

/// `base`, or the first of "base-2", "base-3", ... that is free. After 32 tries it doubles and bisects, so
/// that thousands of rooms of one name cost a few look-ups each; where other names left holes it may pass
/// some by. Where others made rooms of such names that there is no end of doubling, the number is a random one.
std::string free_slug(Connection& connection, const std::string& base) {
    if (!slug_is_taken(connection, base)) return base;
    const auto numbered = [&](std::uint64_t number) { return base + '-' + std::to_string(number); };
    constexpr std::uint64_t one_by_one = 32;
    for (std::uint64_t number = 2; number <= one_by_one; ++number) {
        if (!slug_is_taken(connection, numbered(number))) return numbered(number);
    }
    std::uint64_t taken = one_by_one;
    std::uint64_t free = 2 * taken;
    constexpr std::uint64_t most = std::uint64_t{1} << 40;
    while (free < most && slug_is_taken(connection, numbered(free))) taken = std::exchange(free, 2 * free);
    if (free == most) return base + '-' + connection.text("SELECT lower(hex(randomblob(8)))");
    while (free - taken > 1) {
        const std::uint64_t middle = taken + (free - taken) / 2;
        (slug_is_taken(connection, numbered(middle)) ? taken : free) = middle;
    }
    return numbered(free);
}

}  // namespace

TimePoint system_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Store::State::State(StoreOptions given)
    : clock(std::move(given.clock)),
      writer(open_writer(given)),
      readers({.path = given.path, .busy_timeout = given.busy_timeout, .durability = given.durability},
              given.readers) {}

Store::Store(StoreOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Store::~Store() = default;

const std::string& Store::database_id() const noexcept {
    return state_->database_id;
}

std::optional<User> Store::create_user(const std::string& username, const std::string& password_hash) {
    return state_->writer.write([&](Connection& connection) -> std::optional<User> {
        Query query(connection,
                    "INSERT INTO users (username, username_folded, password_hash, created_at)"
                    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (username_folded) DO NOTHING RETURNING id",
                    username, folded(username), password_hash, state_->clock());
        if (!query.next()) return std::nullopt;
        return User{.id = query.integer(0), .username = username};
    });
}

std::optional<Credentials> Store::find_credentials(const std::string& username) {
    return state_->readers.read([&](Connection& connection) -> std::optional<Credentials> {
        Query query(connection, "SELECT id, username, password_hash FROM users WHERE username_folded = ?1",
                    folded(username));
        if (!query.next()) return std::nullopt;
        return Credentials{.user = {.id = query.integer(0), .username = query.text(1)},
                           .password_hash = query.text(2)};
    });
}

Room Store::create_room(const std::string& name, std::int64_t creator_id) {
    return state_->writer.write([&](Connection& connection) {
        Room room{.name = name,
                  .slug = free_slug(connection, slug_of(name)),
                  .creator_id = creator_id,
                  .created_at = state_->clock()};
        Query insert(
            connection,
            "INSERT INTO rooms (name, slug, creator_id, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
            name, room.slug, creator_id, room.created_at);
        insert.next();
        room.id = insert.integer(0);
        Query(connection, "INSERT INTO members (room_id, user_id, joined_at) VALUES (?1, ?2, ?3)", room.id,
              creator_id, room.created_at)
            .next();
        return room;
    });
}

std::optional<Room> Store::find_room(std::int64_t room_id) {
    return state_->readers.read([&](Connection& connection) -> std::optional<Room> {
        Query query(connection, "SELECT id, name, slug, creator_id, created_at FROM rooms WHERE id = ?1",
                    room_id);
        if (!query.next()) return std::nullopt;
        return Room{.id = query.integer(0),
                    .name = query.text(1),
                    .slug = query.text(2),
                    .creator_id = query.integer(3),
                    .created_at = query.time(4)};
    });
}

std::vector<RoomEntry> Store::list_rooms(std::int64_t user_id, std::int64_t after_id, std::size_t limit) {
    return state_->readers.read([&](Connection& connection) {
        Query query(connection,
                    "SELECT r.id, r.name, r.slug,"
                    " EXISTS (SELECT 1 FROM members m WHERE m.room_id = r.id AND m.user_id = ?1)"
                    " FROM rooms r WHERE r.id > ?2 ORDER BY r.id LIMIT ?3",
                    user_id, after_id, static_cast<std::int64_t>(bounded(limit)));
        std::vector<RoomEntry> rooms;
        while (query.next()) {
            rooms.push_back({.id = query.integer(0),
                             .name = query.text(1),
                             .slug = query.text(2),
                             .is_member = query.integer(3) != 0});
        }
        return rooms;
    });
}

bool Store::is_member(std::int64_t room_id, std::int64_t user_id) {
    return state_->readers.read([&](Connection& connection) {
        return exists(
            {connection, "SELECT 1 FROM members WHERE room_id = ?1 AND user_id = ?2", room_id, user_id});
    });
}

bool Store::add_member(std::int64_t room_id, std::int64_t user_id) {
    return state_->writer.write([&](Connection& connection) {
        if (!room_exists(connection, room_id)) return false;
        if (!exists({connection, "SELECT 1 FROM users WHERE id = ?1", user_id})) return false;
        Query(connection,
              "INSERT INTO members (room_id, user_id, joined_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
              room_id, user_id, state_->clock())
            .next();
        return true;
    });
}

Removal Store::remove_member(std::int64_t room_id, const std::string& username) {
    return state_->writer.write([&](Connection& connection) -> Removal {
        if (!room_exists(connection, room_id)) return {.outcome = RemovalOutcome::no_such_room};
        Query user(connection, "SELECT id, username FROM users WHERE username_folded = ?1", folded(username));
        if (!user.next()) return {.outcome = RemovalOutcome::no_such_user};
        Removal removal{.user = {.id = user.integer(0), .username = user.text(1)}};
        Query(connection, "DELETE FROM members WHERE room_id = ?1 AND user_id = ?2", room_id, removal.user.id)
            .next();
        if (connection.changes() == 0) return removal;
        Query(connection, "INSERT INTO revocations (room_id, user_id, created_at) VALUES (?1, ?2, ?3)",
              room_id, removal.user.id, state_->clock())
            .next();
        removal.outcome = RemovalOutcome::removed;
        return removal;
    });
}

}  // namespace chat
