// EXPECT: chanx: this event is not among the consumer's Events: add it there
#include "support/chat.hpp"

#include <chanx/app/application.hpp>

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Events<Said>> {
    chanx::awaitable<> receive_event(Event) override { co_return; }
};

void leave(chanx::Application& app) {
    app.send_event<ChatConsumer>("room", Left{.payload = "hi"});
}
