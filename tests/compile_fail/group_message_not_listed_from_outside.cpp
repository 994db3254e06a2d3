// EXPECT: chanx: this message is not among the consumer's GroupMessages: add it there
#include "support/chat.hpp"

#include <chanx/app/application.hpp>

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::GroupMessages<Said>> {};

void leave(chanx::Application& app) {
    app.send_group_message<ChatConsumer>("room", Left{.payload = "hi"});
}
