#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say, Left>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(
            std::move(message), [](const chanx::PingMessage&) { return chanx::PongMessage{}; },
            [this](const Say& say) { return handle_say(say.payload); }, [](const auto&) {});
    }
    chanx::awaitable<Said> handle_say(std::string text) { co_return Said{.payload = std::move(text)}; }
};
ChatConsumer chat;
