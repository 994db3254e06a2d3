#pragma once
// What both units of the program see.
#include <chanx/message/message.hpp>
#include <chanx/routing/router.hpp>

#include <string>
#include <string_view>

struct Say {
    static constexpr std::string_view action = "say";
    std::string payload{};
};
BOOST_DESCRIBE_STRUCT(Say, (), (payload))

struct Said {
    static constexpr std::string_view action = "said";
    std::string payload{};
};
BOOST_DESCRIBE_STRUCT(Said, (), (payload))

chanx::Router room_routes();
/// Runs the room in memory; what it says to who says `text`.
std::string say_in_room(const std::string& text);
