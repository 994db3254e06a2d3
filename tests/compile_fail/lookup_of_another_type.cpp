// EXPECT: chanx: the Lookup finds another type than the consumer's object type
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<User, chanx::Lookup<find_room>> {};
ChatConsumer chat;
