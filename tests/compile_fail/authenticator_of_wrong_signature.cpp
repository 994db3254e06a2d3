// EXPECT: chanx: an authenticator is default constructible and has `chanx::awaitable<std::optional<User>>
// authenticate(
#include "support/chat.hpp"

struct FindUserAtOnce {
    std::optional<User> authenticate(const chanx::Scope&) const;
};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Authentication<FindUserAtOnce>> {
};
ChatConsumer chat;
