// EXPECT: chanx: a message's action must not be empty
#include "support/chat.hpp"

struct Shout {
    static constexpr std::string_view action = "";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Shout, (), (payload))

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Shout>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
