// EXPECT: chanx: match has two generic handlers for one message
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), &ChatConsumer::handle_say, [](const auto&) {}, [](auto) {});
    }
    void handle_say(const Say&) {}
};
ChatConsumer chat;
