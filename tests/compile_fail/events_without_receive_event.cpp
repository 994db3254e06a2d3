// EXPECT: Events receive_event
#include "support/chat.hpp"

#include <chanx/routing/consumer.hpp>

class ChatConsumer final : public chanx::JsonWebsocketConsumer<void, chanx::Events<Said>> {};

chanx::Router routes() {
    return {chanx::path("chat/", chanx::consumer<ChatConsumer>())};
}
