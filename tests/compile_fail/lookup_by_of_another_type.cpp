// EXPECT: chanx: the Lookup finds another type than the consumer's object type
#include "support/chat.hpp"

chanx::awaitable<std::optional<User>> find_user(const chanx::Scope&, std::string name);

class ChatConsumer final : public chanx::JsonWebsocketConsumer<Room, chanx::LookupBy<"name", find_user>> {};
ChatConsumer chat;
