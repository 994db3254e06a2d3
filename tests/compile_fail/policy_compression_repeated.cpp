// EXPECT: chanx: the policy Compression stands twice
#include "support/chat.hpp"

struct ChatPolicies : chanx::Policies<chanx::Compression<>> {};

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<
          void, ChatPolicies, chanx::Compression<chanx::CompressionOptions{.enabled = false}>> {};
ChatConsumer chat;
