#pragma once

#include <chanx/routing/router.hpp>

namespace chat {

/// All that the chat serves.
chanx::Router routes();

}  // namespace chat
