// EXPECT: chanx: this message is not among the consumer's OutgoingMessages: add it there
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::OutgoingMessages<Said>> {
    chanx::awaitable<> post_authentication() override {
        send_message(Left{.payload = "hi"});
        co_return;
    }
};
ChatConsumer chat;
