// EXPECT: chanx: a lookup is `chanx::awaitable<std::optional<Object>> find(const chanx::Scope&)`
#include "support/chat.hpp"

std::optional<Room> find_room_at_once(const chanx::Scope&);

class ChatConsumer final : public chanx::JsonWebsocketConsumer<Room, chanx::Lookup<find_room_at_once>> {};
ChatConsumer chat;
