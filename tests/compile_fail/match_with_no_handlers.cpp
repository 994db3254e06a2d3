// EXPECT: chanx: match needs at least one handler
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override { return match(std::move(message)); }
};
ChatConsumer chat;
