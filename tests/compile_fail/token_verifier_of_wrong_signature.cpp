// EXPECT: chanx: a token verifier is default constructible and has
// EXPECT: verify(const chanx::Scope&, std::string token) const
#include "support/tokens.hpp"

struct TokensAtOnce {
    std::optional<User> verify(std::string token) const;
};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void,
                                          chanx::Authentication<chanx::BearerAuthentication<TokensAtOnce>>> {
};
ChatConsumer chat;
