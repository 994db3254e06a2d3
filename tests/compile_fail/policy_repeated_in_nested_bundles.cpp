// EXPECT: chanx: the policy Lookup stands twice
#include "support/chat.hpp"

chanx::awaitable<std::optional<Room>> find_public_room(const chanx::Scope&);

struct RoomPolicies : chanx::Policies<chanx::Lookup<find_room>> {};
struct ChatPolicies : chanx::Policies<RoomPolicies, chanx::Lookup<find_public_room>> {};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<Room, ChatPolicies> {};
ChatConsumer chat;
