// EXPECT: chanx: this message is not among the consumer's GroupMessages: add it there
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void> {
    chanx::awaitable<> post_authentication() override {
        send_group_message(Said{.payload = "hi"});
        co_return;
    }
};
ChatConsumer chat;
