// EXPECT: chanx: a consumer derives publicly from chanx::JsonWebsocketConsumer or chanx::WebsocketConsumer
#include "support/chat.hpp"

#include <chanx/routing/consumer.hpp>

class ChatConsumer final : chanx::JsonWebsocketConsumer<void> {};

chanx::Router routes() {
    return {chanx::path("chat/", chanx::consumer<ChatConsumer>())};
}
