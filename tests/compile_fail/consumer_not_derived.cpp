// EXPECT: chanx: a consumer derives publicly from chanx::JsonWebsocketConsumer or chanx::WebsocketConsumer
#include "support/chat.hpp"

#include <chanx/routing/consumer.hpp>

class ChatConsumer {
    chanx::awaitable<> receive_text(std::string text);
};

chanx::Router routes() {
    return {chanx::path("chat/", chanx::consumer<ChatConsumer>())};
}
