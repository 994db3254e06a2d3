#include "support/chat.hpp"

#include <chanx/app/application.hpp>

struct Nothing {
    static constexpr const char* action = "nothing";
};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say, Nothing>,
                                          chanx::GroupMessages<Said, Left>, chanx::OutgoingMessages<Said>> {
    chanx::awaitable<> receive_message(IncomingMessage) override {
        send_message(Said{.payload = "to one"});
        send_group_message(Said{.payload = "to all"});
        send_group_message(Left{.payload = "to others"}, {.exclude_current = true});
        send_to_groups(groups(), Left{.payload = "to some"});
        co_return;
    }

    friend void say_in_room(chanx::Application&);
};
ChatConsumer chat;

void say_in_room(chanx::Application& app) {
    app.send_group_message<ChatConsumer>("room", Said{.payload = "from outside"});
}
