// EXPECT: chanx: match has no handler for a message
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say, Left>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), &ChatConsumer::handle_say, &ChatConsumer::handle_ping);
    }
    void handle_say(const Say&) {}
    chanx::PongMessage handle_ping(const chanx::PingMessage&) const { return {}; }
};
ChatConsumer chat;
