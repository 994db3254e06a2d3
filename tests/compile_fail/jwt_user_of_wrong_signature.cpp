// EXPECT: chanx: the function of JwtTokens makes the user of the claims
#include "support/tokens.hpp"

#include <chanx/auth/jwt.hpp>

std::optional<User> user_of(const chanx::JwtClaims&);

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<
          void, chanx::Authentication<chanx::BearerAuthentication<chanx::JwtTokens<user_of>>>> {};
ChatConsumer chat;
