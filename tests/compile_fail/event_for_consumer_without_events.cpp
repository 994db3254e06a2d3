// EXPECT: chanx: send_event<Consumer> needs a consumer with the policy chanx::Events
#include "support/chat.hpp"

#include <chanx/app/application.hpp>

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::GroupMessages<Said>> {};

void leave(chanx::Application& app) {
    app.send_event<ChatConsumer>("room", Said{.payload = "hi"});
}
