// EXPECT: chanx: this message is not among the consumer's GroupMessages: add it there
#include "support/chat.hpp"

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::GroupMessages<Said>> {
    chanx::awaitable<> post_authentication() override {
        send_to_groups(groups(), Left{.payload = "hi"});
        co_return;
    }
};
ChatConsumer chat;
