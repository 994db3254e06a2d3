#pragma once

#include <chanx/routing/router.hpp>

namespace chat {

/// Rooms, their members and their messages: below "api/".
chanx::Router room_routes();

}  // namespace chat
