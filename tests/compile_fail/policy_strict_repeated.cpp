// EXPECT: chanx: the policy Strict stands twice
#include "support/chat.hpp"

struct Careful : chanx::Policies<chanx::Strict> {};

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, Careful, chanx::Strict> {};
ChatConsumer chat;
