// EXPECT: InterceptGroupMessages on_group_message
#include "support/chat.hpp"

#include <chanx/routing/consumer.hpp>

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::GroupMessages<Said>, chanx::InterceptGroupMessages> {};

chanx::Router routes() {
    return {chanx::path("chat/", chanx::consumer<ChatConsumer>())};
}
