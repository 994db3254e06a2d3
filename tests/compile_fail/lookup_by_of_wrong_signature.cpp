// EXPECT: chanx: a lookup is `chanx::awaitable<std::optional<Object>> find(const chanx::Scope&)`
// EXPECT: that of LookupBy takes a key too
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<Room, chanx::LookupBy<"pk", find_room>> {};
ChatConsumer chat;
