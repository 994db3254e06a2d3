#pragma once

// What the files of this folder have in common: the parts of a small chat, all of them right.

#include <chanx/consumer/json_websocket_consumer.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct User {
    std::int64_t id = 0;
    std::string username{};
};

struct Room {
    std::int64_t id = 0;
    std::string name{};
};

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

struct Left {
    static constexpr std::string_view action = "left";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Left, (), (payload))

struct FindUser {
    chanx::awaitable<std::optional<User>> authenticate(const chanx::Scope&) const;
};

chanx::awaitable<std::optional<Room>> find_room(const chanx::Scope&);

struct IsMember : chanx::BasePermission {
    chanx::awaitable<bool> has_object_permission(const chanx::AccessRequest<User>&, const Room&) const;
};
inline constexpr IsMember is_member{};
