#include "support/chat.hpp"

#include <chanx/app/application.hpp>

struct Nothing {
    static constexpr const char* action = "nothing";
};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

struct Limited {
    static constexpr std::string_view action = "limited";
    static constexpr chanx::RateLimit rate_limit{.per_second = 0.5, .burst = 1};
    static constexpr chanx::RateLimit user_rate_limit{.per_second = 100, .burst = 1000};
};
BOOST_DESCRIBE_STRUCT(Limited, (), ())

struct RateAsField {
    static constexpr std::string_view action = "rate";
    int rate_limit = 0;
};
BOOST_DESCRIBE_STRUCT(RateAsField, (), (rate_limit))

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say, Nothing, Limited, RateAsField>,
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
