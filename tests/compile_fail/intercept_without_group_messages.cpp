// EXPECT: chanx: a consumer with InterceptGroupMessages has no GroupMessages to intercept
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::InterceptGroupMessages> {};
ChatConsumer chat;
