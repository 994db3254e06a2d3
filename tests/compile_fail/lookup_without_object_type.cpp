// EXPECT: chanx: this consumer has a Lookup, but its object type is void
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Lookup<find_room>> {};
ChatConsumer chat;
