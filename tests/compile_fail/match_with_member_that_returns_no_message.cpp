// EXPECT: chanx: a handler of match returns nothing, a message (the reply), or an awaitable of either
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), &ChatConsumer::handle_say, [](const auto&) {});
    }
    std::string handle_say(const Say& say) { return say.payload; }
};
ChatConsumer chat;
