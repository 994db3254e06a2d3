// EXPECT: chanx: a message needs an action. Write `static constexpr std::string_view action = "...";`
#include "support/chat.hpp"

struct Shout {
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Shout, (), (payload))

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Shout>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
