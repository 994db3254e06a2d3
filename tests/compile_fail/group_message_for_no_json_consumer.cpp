// EXPECT: chanx: send_group_message<Consumer> needs a consumer derived from chanx::JsonWebsocketConsumer
#include "support/chat.hpp"

#include <chanx/app/application.hpp>

class Echo final : public chanx::WebsocketConsumer {};

void say(chanx::Application& app) {
    app.send_group_message<Echo>("room", Said{.payload = "hi"});
}
