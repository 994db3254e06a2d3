// EXPECT: chanx: the level of Compression must be from 1 to 9
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<
          void, chanx::Compression<chanx::CompressionOptions{.enabled = true, .level = 10}>> {};
ChatConsumer chat;
