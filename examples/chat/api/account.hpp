#pragma once

#include <chanx/routing/router.hpp>

namespace chat {

/// Registering, logging in and out, and who one is: below "api/".
chanx::Router account_routes();

}  // namespace chat
