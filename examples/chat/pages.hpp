#pragma once

#include <chanx/routing/router.hpp>

namespace chat {

/// What browsers are shown: the list of rooms, the login, a room, and the files these are made of.
chanx::Router page_routes();

}  // namespace chat
