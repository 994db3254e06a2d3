// EXPECT: chanx: this is no policy
#include "support/chat.hpp"

// The authenticator itself, without chanx::Authentication around it.
class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, FindUser> {};
ChatConsumer chat;
