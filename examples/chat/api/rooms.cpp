#include "chat/api/rooms.hpp"

#include "chat/api/too_many.hpp"
#include "chat/consumer.hpp"
#include "chat/messages.hpp"
#include "chat/parse_id.hpp"
#include "chat/sessions.hpp"
#include "chat/store/username.hpp"

#include <chanx/app/application.hpp>
#include <chanx/http/json_body.hpp>
#include <chanx/routing/http.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chat {

struct NewRoom {
    std::string name;
    static constexpr auto constraints =
        chanx::constraints(chanx::trimmed(&NewRoom::name), chanx::length(&NewRoom::name, 1, 100));
};
BOOST_DESCRIBE_STRUCT(NewRoom, (), (name))

struct OnlineUser {
    std::string username;
    std::uint64_t connections = 0;
};
BOOST_DESCRIBE_STRUCT(OnlineUser, (), (username, connections))

struct Online {
    std::vector<OnlineUser> users;
    bool partial = false;
};
BOOST_DESCRIBE_STRUCT(Online, (), (users, partial))

namespace {

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t max_limit = 200;

chanx::ApiException no_such_room() {
    return {404, "There is no such room"};
}

[[noreturn]] void refuse_parameter(const char* name, std::string type, std::string msg) {
    chanx::ValidationErrors errors;
    errors.add({std::move(type), {std::string("query"), std::string(name)}, std::move(msg)});
    throw chanx::RequestValidationError(std::move(errors));
}

/// A parameter of the query string.
std::optional<std::int64_t> id_parameter(const chanx::Request& request, const char* name) {
    const auto text = request.query(name);
    if (!text) return std::nullopt;
    const auto id = parse_id(*text);
    if (!id) refuse_parameter(name, "int_parsing", "Input should be a valid integer of decimal digits");
    return id;
}

std::size_t limit_parameter(const chanx::Request& request) {
    const std::int64_t limit = id_parameter(request, "limit").value_or(default_limit);
    if (limit < 1)
        refuse_parameter("limit", "greater_than_equal", "Input should be greater than or equal to 1");
    if (limit > max_limit)
        refuse_parameter("limit", "less_than_equal", "Input should be less than or equal to 200");
    return static_cast<std::size_t>(limit);
}

enum class Write { membership, new_room };

/// @return how long the user has to wait, where they have changed too much lately
std::optional<std::chrono::seconds> count_write(const chanx::Request& request, Write what) {
    auto& services = request.state<Services>();
    const std::string user = std::to_string(request.user<User>().id);
    std::vector<Throttle::Key> keys{{"w" + user, services.options().writes_of_user}};
    if (what == Write::new_room) keys.push_back({"r" + user, services.options().rooms_of_user});
    return services.write_throttle().take(keys, std::chrono::steady_clock::now());
}

void require_member(Store& store, std::int64_t room_id, std::int64_t user_id) {
    if (store.is_member(room_id, user_id)) return;
    if (!store.find_room(room_id)) throw no_such_room();
    throw chanx::ApiException(403, "Only members may read this room's messages");
}

/// The first rooms by id, or those after `?after=<room id>`; at most Store::max_page.
chanx::awaitable<chanx::Response> list_rooms(chanx::Request request) {
    auto& services = request.state<Services>();
    const std::int64_t user_id = request.user<User>().id;
    const std::int64_t after = id_parameter(request, "after").value_or(0);
    const std::vector<RoomEntry> rooms =
        co_await services.read([&](Store& store) { return store.list_rooms(user_id, after); });
    co_return chanx::Response::of(rooms);
}

chanx::awaitable<chanx::Response> create_room(chanx::Request request) {
    auto& services = request.state<Services>();
    const auto input = request.json<NewRoom>();
    const std::int64_t user_id = request.user<User>().id;
    if (const auto wait = count_write(request, Write::new_room)) co_return too_many(request, "new rooms", *wait);
    Room room = co_await services.write([&](Store& store) { return store.create_room(input.name, user_id); });
    const RoomEntry entry{
        .id = room.id, .name = std::move(room.name), .slug = std::move(room.slug), .is_member = true};
    co_return chanx::Response::of(entry, 201);
}

chanx::awaitable<chanx::Response> join_room(chanx::Request request) {
    auto& services = request.state<Services>();
    const auto room_id = request.param<std::int64_t>("id");
    const std::int64_t user_id = request.user<User>().id;
    if (const auto wait = count_write(request, Write::membership)) co_return too_many(request, "changes", *wait);
    const bool joined =
        co_await services.write([&](Store& store) { return store.add_member(room_id, user_id); });
    if (!joined) throw no_such_room();
    co_return chanx::Response::no_content();
}

chanx::awaitable<chanx::Response> remove_member(chanx::Request request) {
    auto& services = request.state<Services>();
    const auto room_id = request.param<std::int64_t>("id");
    const auto username = request.param<std::string>("username");
    const User& user = request.user<User>();
    const std::optional<Room> room =
        co_await services.read([&](Store& store) { return store.find_room(room_id); });
    if (!room) throw no_such_room();
    if (folded(username) != folded(user.username) && room->creator_id != user.id) {
        throw chanx::ApiException(403, "Only the creator of a room may remove others");
    }
    if (const auto wait = count_write(request, Write::membership)) co_return too_many(request, "changes", *wait);
    const Removal removal =
        co_await services.write([&](Store& store) { return store.remove_member(room_id, username); });
    switch (removal.outcome) {
        case RemovalOutcome::removed:
            services.application().recheck(
                {.group = room_group(room_id), .user = std::to_string(removal.user.id)});
            co_return chanx::Response::no_content();
        case RemovalOutcome::no_such_room:
            throw no_such_room();
        case RemovalOutcome::no_such_user:
        case RemovalOutcome::not_member:
            break;
    }
    throw chanx::ApiException(404, "There is no such member in this room");
}

/// The last messages, or those before or after one of them; oldest first.
chanx::awaitable<chanx::Response> list_messages(chanx::Request request) {
    auto& services = request.state<Services>();
    const auto room_id = request.param<std::int64_t>("id");
    const std::int64_t user_id = request.user<User>().id;
    const auto before = id_parameter(request, "before");
    const auto after = id_parameter(request, "after");
    const std::size_t limit = limit_parameter(request);
    if (before && after)
        refuse_parameter("after", "value_error", "Value error, give before or after, not both");

    const MessagePage page = co_await services.read([&](Store& store) {
        require_member(store, room_id, user_id);
        if (before) return store.messages_before(room_id, *before, limit);
        if (after) return store.messages_after(room_id, *after, limit);
        return store.last_messages(room_id, limit);
    });
    co_return chanx::Response::of(page.messages);
}

/// Who is in the room now. `partial`: those of other processes may be missing.
chanx::awaitable<chanx::Response> list_online(chanx::Request request) {
    auto& services = request.state<Services>();
    const auto room_id = request.param<std::int64_t>("id");
    const std::int64_t user_id = request.user<User>().id;
    co_await services.read([&](Store& store) { require_member(store, room_id, user_id); });
    Online online{.users = {}, .partial = services.presence().partial()};
    for (auto& entry : services.presence().list(room_id)) {
        online.users.push_back({std::move(entry.user), entry.connections});
    }
    co_return chanx::Response::of(online);
}

}  // namespace

chanx::Router room_routes() {
    return {
        chanx::path("rooms", chanx::get<LoggedIn>(list_rooms)),
        chanx::path("rooms", chanx::post<LoggedIn>(create_room)),
        chanx::path("rooms/<int:id>/members", chanx::post<LoggedIn>(join_room)),
        chanx::path("rooms/<int:id>/members/<str:username>", chanx::del<LoggedIn>(remove_member)),
        chanx::path("rooms/<int:id>/online", chanx::get<LoggedIn>(list_online)),
        chanx::path("rooms/<int:id>/messages", chanx::get<LoggedIn>(list_messages)),
    };
}

}  // namespace chat
