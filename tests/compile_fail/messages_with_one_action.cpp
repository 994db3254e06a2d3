// EXPECT: chanx: two messages of one set have the same action
// EXPECT: TwoMessages<Say, Shout>
#include "support/chat.hpp"

struct Shout {
    static constexpr std::string_view action = "say";
    std::string payload;
};
BOOST_DESCRIBE_STRUCT(Shout, (), (payload))

class ChatConsumer final
    : public chanx::JsonWebsocketConsumer<void, chanx::IncomingMessages<chanx::PingMessage, Say, Shout>> {
    chanx::awaitable<> receive_message(IncomingMessage) override { co_return; }
};
ChatConsumer chat;
