// EXPECT: chanx: a consumer whose IncomingMessages are more than ping must override receive_message
#include "support/chat.hpp"

#include <chanx/routing/consumer.hpp>

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say>> {};

chanx::Router routes() {
    return {chanx::path("chat/", chanx::consumer<ChatConsumer>())};
}
