#pragma once

#include "chat.hpp"

#include <chanx/auth/first_message.hpp>

struct Tokens {
    chanx::awaitable<std::optional<User>> verify(const chanx::Scope&, std::string token) const;
};
