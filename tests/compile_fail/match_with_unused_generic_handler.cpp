// EXPECT: chanx: a generic handler of match is never used
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [](const chanx::PingMessage&) {}, [](const Say&) {}, [](const auto&) {});
    }
};
ChatConsumer chat;
