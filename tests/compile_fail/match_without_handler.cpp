// EXPECT: chanx: match has no handler for a message
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), [](const chanx::PingMessage&) { return chanx::PongMessage{}; });
    }
};
ChatConsumer chat;
