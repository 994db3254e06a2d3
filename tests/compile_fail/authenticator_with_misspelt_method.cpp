// EXPECT: chanx: an authenticator is default constructible and has `chanx::awaitable<std::optional<User>>
// authenticate(
#include "support/chat.hpp"

struct FindUserByToken {
    chanx::awaitable<std::optional<User>> authentificate(const chanx::Scope&) const;
};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUser, FindUserByToken>> {};
ChatConsumer chat;
