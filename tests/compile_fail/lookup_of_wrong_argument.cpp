// EXPECT: chanx: a lookup is `chanx::awaitable<std::optional<Object>> find(const chanx::Scope&)`
#include "support/chat.hpp"

chanx::awaitable<std::optional<Room>> find_room_by_id(std::int64_t id);

class ChatConsumer final : public chanx::JsonWebsocketConsumer<Room, chanx::Lookup<find_room_by_id>> {};
ChatConsumer chat;
