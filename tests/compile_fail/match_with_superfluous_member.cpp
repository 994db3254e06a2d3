// EXPECT: chanx: match has a handler for a message that can't come here
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), &ChatConsumer::handle_left, [](const auto&) {});
    }
    void handle_left(const Left&) {}
};
ChatConsumer chat;
