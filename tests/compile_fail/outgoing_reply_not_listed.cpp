// EXPECT: chanx: this message is not among the consumer's OutgoingMessages: add it there
#include "support/chat.hpp"

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<Say>, chanx::OutgoingMessages<Said>> {
    chanx::awaitable<> receive_message(IncomingMessage message) override {
        return match(std::move(message), [](const Say& say) { return Left{say.payload}; });
    }
};
ChatConsumer chat;
