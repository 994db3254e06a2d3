// EXPECT: chanx: FirstMessageAuthentication stands last, and once
#include "support/tokens.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<
          void, chanx::Authentication<chanx::FirstMessageAuthentication<Tokens>, FindUser>> {};
ChatConsumer chat;
